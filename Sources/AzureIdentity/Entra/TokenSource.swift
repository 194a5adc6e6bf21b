public import Diagnostics
public import FoundationEssentials

/// A token of Entra ID.
public struct AccessToken: Sendable {
    public let text: Secret<String>
    public let expires: Date
    /// When a new one should be asked for, where the answer said so.
    public let refresh: Date?

    public init(_ text: String, expires: Date, refresh: Date? = nil) {
        self.text = Secret(text)
        self.expires = expires
        self.refresh = refresh
    }
}

/// The port through which everything gets its tokens.
///
/// Tokens are kept and renewed behind it; a caller asks anew for each request, never once for a job.
public protocol TokenSource: Sendable {
    /// A token that is still good for a while.
    ///
    /// - Parameter rejected: The token that a service has just refused, so that no caller gets it again.
    func token(for audience: TokenAudience, replacing rejected: AccessToken?) async throws -> AccessToken
}

extension TokenSource {
    public func token(for audience: TokenAudience) async throws -> AccessToken {
        try await token(for: audience, replacing: nil)
    }
}
