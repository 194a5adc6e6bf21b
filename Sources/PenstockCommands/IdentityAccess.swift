import AzureIdentity
import CommandLineKit
import Diagnostics
import FoundationEssentials
import HTTPTransport
import PostgresClient
import Synchronization
import SystemCalls

/// What a run knows of its identity, shared by all that it does.
final class FoundOnce: Sendable {
    private let found = Mutex<FoundIdentity?>(nil)

    func identity(_ find: () throws(CredentialError) -> FoundIdentity) throws(CredentialError) -> FoundIdentity {
        if let identity = found.withLock({ $0 }) { return identity }
        let identity = try find()
        return found.withLock { found in
            if let first = found { return first }
            found = identity
            return identity
        }
    }
}

extension Session {
    /// The credential for a target; identities of Entra ID are looked for last.
    ///
    /// Throws ``CredentialError``, and what keeps a secret from being read where it is kept.
    func credential(for target: CredentialTarget) async throws -> FoundCredential {
        let kind = try credentialKind()
        let rules = CredentialRules(
            kind: kind, storageSuffix: try cloud().storageSuffix,
            identities: { () throws(CredentialError) in try foundIdentity() })
        let environment = try await storageEnvironment(for: target, kind: kind)
        return try CredentialDiscovery.find(for: target, environment: environment, rules: rules)
    }

    /// The cloud that options and environment describe.
    func cloud() throws(CredentialError) -> Cloud {
        try Cloud(ignoresCredentialOptions ? nil : arguments[GlobalOptions.cloud], environment: world.environment)
    }

    /// The identity of the run, whose tokens are kept and renewed for all of it.
    func foundIdentity() throws(CredentialError) -> FoundIdentity {
        try identity.identity { () throws(CredentialError) in
            let services = IdentityServices(
                cloud: try cloud(), client: CurlClient(width: 4, settings: transportSettings(isNear: false)),
                nearClient: CurlClient(width: 2, settings: transportSettings(isNear: true)), now: world.now,
                clock: ContinuousClock(), random: { .random(in: .min ... .max) })
            let (chain, report) = try identitySettings().chain(services)
            return FoundIdentity(chain: chain, tokens: TokenCache(chain, now: world.now), report: report)
        }
    }

    private func identitySettings() throws(CredentialError) -> IdentitySettings {
        let environment = try identityEnvironment()
        return IdentitySettings(
            environment: environment, kind: try credentialKind(), managedIdentity: try managedIdentity(),
            arcDirectory: Files.isDirectory(IdentitySettings.arcDirectory) ? IdentitySettings.arcDirectory : nil,
            azureCLI: Self.program("az", in: environment["PATH"] ?? ""))
    }

    private func credentialKind() throws(CredentialError) -> CredentialKind? {
        let kind = try setting(GlobalOptions.auth, "PENSTOCK_AUTH") { CredentialKind(rawValue: $0) }
        // Whoever names a managed identity means that one, and nothing else that happens to be there.
        let named = try managedIdentity()
        return kind ?? (named == nil ? nil : .managedIdentity)
    }

    private func managedIdentity() throws(CredentialError) -> ManagedIdentityName? {
        try setting(GlobalOptions.identity, "PENSTOCK_IDENTITY") { ManagedIdentityName($0) }
    }

    /// The value of an option, or else of its variable.
    private func setting<Value>(
        _ option: Option<Value?>, _ variable: String, _ read: (String) -> Value?
    ) throws(CredentialError) -> Value? {
        if !ignoresCredentialOptions, let value = arguments[option] { return value }
        guard let text = world.environment[variable], !text.isEmpty else { return nil }
        guard let value = read(text) else {
            throw CredentialError(.malformedIdentity, place: variable, detail: "it is none of the values of its option")
        }
        return value
    }

    /// How PostgreSQL is shown who we are: the option, or else its variable.
    func postgresAuthentication() throws(CredentialError) -> PostgresOptions.Authentication {
        try setting(PostgresOptions.authentication, "PENSTOCK_PG_AUTH") {
            PostgresOptions.Authentication(rawValue: $0)
        } ?? .password
    }

    /// The first executable of a name in a list of directories.
    private static func program(_ name: String, in path: String) -> String? {
        path.split(separator: ":").filter { $0.hasPrefix("/") }.map { "\($0)/\(name)" }
            .first { Files.isExecutable($0) }
    }
}

/// Tokens of Entra ID as the passwords of PostgreSQL.
struct TokenPasswords: PasswordSource {
    let tokens: TokenCache

    func password(replacing rejected: Secret<String>?) async throws -> Secret<String> {
        let old = rejected.map { secret in secret.reveal { AccessToken($0, expires: .distantPast) } }
        return try await tokens.token(for: .postgres, replacing: old).text
    }
}
