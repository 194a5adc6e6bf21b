import Diagnostics
public import FoundationEssentials
public import HTTPMessages

/// What a request shows to be let through.
public enum Credential: Sendable {
    case sharedKey(SharedKey)
    case sas(SASToken)
    /// A token of Entra ID, asked for anew for each request.
    case token(any TokenSource)
    /// Nothing: for containers that everybody may read.
    case anonymous

    /// Adds what the credential has to show, last of all: everything else of the request must be in place before.
    ///
    /// Throws what the source of tokens throws, and ``CredentialError`` of kind `insecure` rather than show a token to
    /// everybody on the way.
    ///
    /// - Parameter rejected: The token that the service has just refused.
    /// - Returns: The token that was added, if it is one.
    @discardableResult
    public func authorize(
        _ request: inout HTTPRequest, contentLength: Int, now: Date, replacing rejected: AccessToken? = nil
    ) async throws -> AccessToken? {
        switch self {
        case .sharedKey(let key): key.sign(&request, contentLength: contentLength, now: now)
        case .sas(let token):
            let text = token.reveal(\.encoded)
            request.url.query += request.url.query.isEmpty ? text : "&" + text
        case .token(let source):
            guard request.url.isFitForSecrets else { throw CredentialError(.insecure, detail: request.url.host) }
            let token = try await source.token(for: .storage, replacing: rejected)
            request.fields["Authorization"] = token.text.reveal { "Bearer " + $0 }
            return token
        case .anonymous: break
        }
        return nil
    }

    /// When it ends; `nil` for one that does not, does not say, or is renewed.
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

    /// How it is spoken of: "account key", "shared access signature", "token" or "anonymous".
    public var name: String {
        switch self {
        case .sharedKey: "account key"
        case .sas: "shared access signature"
        case .token: "token"
        case .anonymous: "anonymous"
        }
    }
}
