import BlobStorage
import HTTPMessages

// Reading what requests say of leases.

extension HTTPFields {
    /// The GUID in a field, if it is there.
    func leaseID(_ name: String) throws(ServiceFailure) -> LeaseID? {
        guard let text = self[name] else { return nil }
        guard let id = LeaseID(text) else { throw .header(name, text) }
        return id
    }

    private func requiredLeaseID(_ name: String) throws(ServiceFailure) -> LeaseID {
        guard let id = try leaseID(name) else { throw .missingHeader(name) }
        return id
    }

    /// What is to be done with a lease.
    ///
    /// Source: <https://learn.microsoft.com/rest/api/storageservices/lease-blob#request-headers>
    func leaseAction() throws(ServiceFailure) -> LeaseAction {
        guard let action = self["x-ms-lease-action"] else { throw .missingHeader("x-ms-lease-action") }
        switch action.lowercased() {
        case "acquire":
            guard let seconds = try number("x-ms-lease-duration", -1...60) else {
                throw .missingHeader("x-ms-lease-duration")
            }
            guard seconds == -1 || seconds >= 15 else { throw .header("x-ms-lease-duration", String(seconds)) }
            return .acquire(
                duration: seconds == -1 ? nil : seconds, proposed: try leaseID("x-ms-proposed-lease-id"))
        case "renew": return .renew(try requiredLeaseID("x-ms-lease-id"))
        case "change":
            return .change(
                from: try requiredLeaseID("x-ms-lease-id"), to: try requiredLeaseID("x-ms-proposed-lease-id"))
        case "release": return .release(try requiredLeaseID("x-ms-lease-id"))
        case "break": return .breakLease(period: try number("x-ms-lease-break-period", 0...60))
        default: throw .header("x-ms-lease-action", action)
        }
    }

    private func number(_ name: String, _ range: ClosedRange<Int>) throws(ServiceFailure) -> Int? {
        guard let text = self[name] else { return nil }
        guard let number = Int(text), range.contains(number) else { throw .header(name, text) }
        return number
    }
}
