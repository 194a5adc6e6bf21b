import AzureIdentity
import BlobStorage
import FoundationEssentials
import HTTPMessages
import MarkupXML

/// A key with which an identity signs shared access signatures in its own name, for a while.
///
/// Source: <https://learn.microsoft.com/rest/api/storageservices/get-user-delegation-key>
struct UserDelegationKey: Sendable {
    /// What every signature made with it repeats.
    let fields: SASFields
    let key: SharedKey
    let end: Date

    init?(_ document: XMLElement, account: String) {
        guard document.name == "UserDelegationKey", let value = document.text(of: "Value"),
            let key = try? SharedKey(account: account, base64Key: value)
        else { return nil }
        var fields = SASFields()
        for (element, field) in [
            ("SignedOid", "skoid"), ("SignedTid", "sktid"), ("SignedStart", "skt"), ("SignedExpiry", "ske"),
            ("SignedService", "sks"), ("SignedVersion", "skv"),
        ] {
            guard let text = document.text(of: element), !text.isEmpty else { return nil }
            fields[field] = text
        }
        guard let end = fields.end else { return nil }
        self.fields = fields
        self.key = key
        self.end = end
    }
}

extension ServiceConnection {
    /// Asks the service for a key in the name of the identity whose token is shown.
    func userDelegationKey(from start: Date, to end: Date, account: String) async throws -> UserDelegationKey {
        var writer = XMLWriter()
        writer.element("KeyInfo") { writer in
            writer.element("Start", start.formatted(.iso8601))
            writer.element("Expiry", end.formatted(.iso8601))
        }
        let request = request(.post, query: ["restype": "service", "comp": "userdelegationkey"])
        let subject = Subject(account: endpoint)
        let response = try await send(request, body: Array(writer.text.utf8).span, about: subject)
        return try subject.reading(response) { UserDelegationKey($0, account: account) }
    }
}
