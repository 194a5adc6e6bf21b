import BlobStorage
import Diagnostics
import HTTPMessages

extension ServiceFailure {
    /// A source that cannot be read, with what it answered.
    ///
    /// Source: <https://learn.microsoft.com/rest/api/storageservices/put-blob-from-url>
    /// - Parameter code: The source's own; empty if it gave none.
    static func copySource(
        _ status: Int, _ code: String, _ message: String = "Could not verify the copy source within the specified time."
    ) -> ServiceFailure {
        var fields = [Detail("x-ms-copy-source-status-code", String(status))]
        if !code.isEmpty { fields.append(Detail("x-ms-copy-source-error-code", code)) }
        return ServiceFailure(ownStatus(ofSource: status), "CannotVerifyCopySource", message, fields: fields)
    }

    /// What the server itself finds wrong with a source.
    static func copySource(_ kind: BlobStoreError.Kind) -> ServiceFailure {
        let answer = kind.serviceCode
        return copySource(answer.status, answer.code, ServiceMessage.text(for: answer.code))
    }

    /// A source with which no conversation came about.
    static func copySource(_ failure: HTTPFailure) -> ServiceFailure {
        ServiceFailure(
            failure.isTransient ? 500 : 409, "CannotVerifyCopySource",
            "The copy source could not be read: \(failure.summary).")
    }

    /// A source that may not, or cannot, be read by this server.
    static func copySourceRefused(_ message: String) -> ServiceFailure {
        ServiceFailure(403, "CannotVerifyCopySource", message)
    }

    /// A source that lies where the owner of the destination wants no copies from.
    static let foreignSource = copySource(403, "AuthorizationFailure", ServiceMessage.text(for: "AuthorizationFailure"))

    /// A client that is told 5xx tries again, so that is for what may pass; 401 would ask it for another credential.
    private static func ownStatus(ofSource status: Int) -> Int {
        switch status {
        case 403, 404, 409, 412, 416: status
        case 304: 412
        case 401: 403
        case 408, 429, 500...: 500
        default: 409
        }
    }
}
