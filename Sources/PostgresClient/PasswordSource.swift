public import Diagnostics

/// Gives the password of each connection, where it is one that changes: a token.
public protocol PasswordSource: Sendable {
    /// - Parameter rejected: The one that a server has just refused.
    func password(replacing rejected: Secret<String>?) async throws -> Secret<String>
}

extension ConnectionParameters {
    /// The environment of a child, with the password that is good now; the same where passwords do not change.
    public func renewingPassword(in environment: [String: String]) async throws -> [String: String] {
        guard let passwords else { return environment }
        var environment = environment
        environment["PGPASSWORD"] = try await passwords.password(replacing: nil).reveal { $0 }
        return environment
    }
}
