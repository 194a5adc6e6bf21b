public import Diagnostics

/// Gives the password of each connection, where it is one that changes: a token, or a secret that is kept elsewhere.
public protocol PasswordSource: Sendable {
    /// True for a token: it goes before every other password, over TLS only, and each child gets the one of its moment.
    ///
    /// Any other password stands in the place of `PGPASSWORD`: that of a connection URI goes before it.
    var givesTokens: Bool { get }

    /// - Parameter rejected: The one that a server has just refused.
    func password(replacing rejected: Secret<String>?) async throws -> Secret<String>
}

extension PasswordSource {
    public var givesTokens: Bool { true }
}

extension ConnectionParameters {
    /// The environment of a child, with the token that is good now; the same where passwords are no tokens.
    public func renewingPassword(in environment: [String: String]) async throws -> [String: String] {
        guard let passwords, passwords.givesTokens else { return environment }
        var environment = environment
        environment["PGPASSWORD"] = try await passwords.password(replacing: nil).reveal { $0 }
        return environment
    }
}
