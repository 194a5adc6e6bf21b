public import FoundationEssentials
public import HTTPMessages

/// What a request shows to be let through.
public enum Credential: Sendable {
    case sharedKey(SharedKey)
    case sas(SASToken)
    /// Nothing: for containers that everybody may read.
    case anonymous

    /// Adds what the credential has to show, last of all: everything else of the request must be in place before.
    public func authorize(_ request: inout HTTPRequest, contentLength: Int, now: Date) {
        switch self {
        case .sharedKey(let key): key.sign(&request, contentLength: contentLength, now: now)
        case .sas(let token):
            let text = token.reveal(\.encoded)
            request.url.query += request.url.query.isEmpty ? text : "&" + text
        case .anonymous: return
        }
    }

    /// When it ends; `nil` for one that does not, or does not say.
    public var end: Date? {
        guard case .sas(let token) = self else { return nil }
        return token.fields.end
    }

    /// True for one that ends at a time that it does not say, such as a SAS whose stored access policy has the end.
    public var endIsUnknown: Bool {
        guard case .sas(let token) = self else { return false }
        return token.fields.end == nil
    }

    /// Throws ``CredentialError`` of kind `ended` if it ended before `now`.
    public func requireValidity(now: Date) throws(CredentialError) {
        guard let end, end <= now else { return }
        throw CredentialError(ended: end, now: now)
    }

    /// How it is spoken of: "account key", "shared access signature" or "anonymous".
    public var name: String {
        switch self {
        case .sharedKey: "account key"
        case .sas: "shared access signature"
        case .anonymous: "anonymous"
        }
    }
}
