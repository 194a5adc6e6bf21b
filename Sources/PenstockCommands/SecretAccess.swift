import AzureIdentity
import AzureManagement
import CommandLineKit
import Diagnostics
import FoundationEssentials
import HTTPTransport
import PostgresClient
import Synchronization
import SystemCalls

/// Secrets that were read from vaults, kept for some minutes.
final class KeptSecrets: Sendable {
    private struct Entry {
        let value: Secret<String>
        let end: Date
    }

    private static let life = 300.0
    private let entries = Mutex<[String: Entry]>([:])

    /// The value that is kept under a name, or else what `fetch` gives.
    ///
    /// - Parameter rejected: A value that was just refused, and is not given again unless it is fetched anew.
    func value(
        _ name: String, replacing rejected: Secret<String>?, now: Date, _ fetch: () async throws -> Secret<String>
    ) async throws -> Secret<String> {
        let kept = entries.withLock { $0[name] }
        if let kept, kept.end > now, !kept.value.isSame(as: rejected) { return kept.value }
        let value = try await fetch()
        entries.withLock { $0[name] = Entry(value: value, end: now.addingTimeInterval(Self.life)) }
        return value
    }
}

extension Secret<String> {
    fileprivate func isSame(as other: Secret<String>?) -> Bool {
        guard let other else { return false }
        return reveal { mine in other.reveal { $0 == mine } }
    }
}

/// Secrets that lie on this machine.
enum LocalSecret {
    /// No secret is longer.
    private static let limit = 64 << 10

    /// The value of a variable: the secret itself, or what is kept in the file or the variable that it names.
    ///
    /// - Parameter vault: The kind of error that a reference to a vault is.
    static func value(
        _ text: String, of name: String, in environment: [String: String], vault: SecretError.Kind
    ) throws(SecretError) -> String {
        switch SecretReference(text) {
        case nil: text
        case .vault: throw SecretError(kind: vault, name: name)
        case .file(let path): try contents(of: path, for: name)
        case .variable(let variable): try Self.variable(variable, for: name, in: environment)
        }
    }

    static func variable(
        _ variable: String, for name: String, in environment: [String: String]
    ) throws(SecretError) -> String {
        guard let value = environment[variable] else { throw SecretError(kind: .notSet, name: name, place: variable) }
        guard !value.isEmpty else { throw SecretError(kind: .empty, name: name, place: variable) }
        return value
    }

    /// The whole file but one line break at its end.
    static func contents(of path: String, for name: String) throws(SecretError) -> String {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.contents(of: path, limit: limit)
        } catch {
            throw SecretError(kind: .fileUnusable, name: name, place: path, cause: error)
        }
        guard var text = String(validating: bytes, as: UTF8.self), !text.utf8.contains(0) else {
            throw SecretError(kind: .notText, name: name, place: path)
        }
        // `\r\n` is one character.
        if text.last == "\n" || text.last == "\r\n" { text.removeLast() }
        guard !text.isEmpty else { throw SecretError(kind: .empty, name: name, place: path) }
        return text
    }
}

extension Session {
    /// A secret: the text itself, or what is kept where the text says.
    ///
    /// - Parameters:
    ///   - name: The variable or the option that holds the text.
    ///   - rejected: The one that was just refused.
    func secret(
        _ text: String, of name: String, replacing rejected: Secret<String>? = nil
    ) async throws -> Secret<String> {
        guard let reference = SecretReference(text) else { return Secret(text) }
        reporter.log.debug("secret read", ["for": name, "from": reference.description])
        switch reference {
        case .file(let path): return Secret(try LocalSecret.contents(of: path, for: name))
        case .variable(let variable):
            return Secret(try LocalSecret.variable(variable, for: name, in: world.environment))
        case .vault(let address):
            let identifier = try SecretIdentifier(address, cloud: try cloud())
            return try await secrets.value(address, replacing: rejected, now: world.now()) {
                try await keyVault().secret(identifier)
            }
        }
    }

    private func keyVault() throws -> KeyVault {
        KeyVault(
            client: CurlClient(width: 2, settings: transportSettings(isNear: false)),
            tokens: try foundIdentity().tokens, now: world.now, sleep: { try await Task.sleep(for: $0) })
    }

    /// The environment in which a storage credential is looked for, with what is kept elsewhere in its place.
    ///
    /// What cannot win is not read: nothing where the location has a signature, or where another kind is asked for.
    func storageEnvironment(for target: CredentialTarget, kind: CredentialKind?) async throws -> [String: String] {
        var environment = world.environment
        if case .account(_, let query) = target, SASToken.isPresent(in: query) { return environment }
        let places: [(CredentialPlace, CredentialKind)] = [
            (.connectionString, .connectionString), (.key, .key), (.sasToken, .sas),
        ]
        for (place, its) in places where kind == nil || kind == its {
            guard let text = environment[place.rawValue] else { continue }
            environment[place.rawValue] = try await secret(text, of: place.rawValue).reveal { $0 }
        }
        return environment
    }

    /// The environment in which identities are looked for, with what is kept in files and variables in its place.
    func identityEnvironment() throws(CredentialError) -> [String: String] {
        var environment = world.environment
        for name in ["AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD"] {
            guard let text = environment[name] else { continue }
            do throws(SecretError) {
                environment[name] = try LocalSecret.value(text, of: name, in: world.environment, vault: .cyclic)
            } catch {
                throw CredentialError(.malformedIdentity, place: name, detail: error.summary)
            }
        }
        return environment
    }
}

/// A password of PostgreSQL that is kept elsewhere, and read for each connection.
struct StoredPasswords: PasswordSource {
    let session: Session
    /// The variable or the option.
    let name: String
    let reference: String
    /// True where the secret may be a whole connection.
    let holdsConnection: Bool

    var givesTokens: Bool { false }

    func password(replacing rejected: Secret<String>?) async throws -> Secret<String> {
        let old = holdsConnection && rejected != nil ? try await session.secret(reference, of: name) : rejected
        let value = try await session.secret(reference, of: name, replacing: old)
        guard holdsConnection else { return value }
        let secret = try value.reveal { text throws(PostgresSecretError) in try PostgresSecret(text) }
        guard let password = secret.password else {
            throw PostgresSecretError(shape: "connection", detail: "it has no password")
        }
        return password
    }
}
