import AzureIdentity
import BackupModel
import CommandLineKit
import Diagnostics
import LogicalBackup
import PostgresClient
import PostgresTools

/// The options of psql and pg_dump that say which server, and with what.
enum PostgresOptions {
    static let host = Option(
        "host", short: "h", .text("HOST"), environment: "PGHOST", help: "the server's host name or socket directory")
    static let port = Option("port", short: "p", .text("PORT"), environment: "PGPORT", help: "the server's port")
    static let user = Option(
        "username", short: "U", .text("NAME"), environment: "PGUSER", help: "the role to connect as")
    static let noPassword = Option(
        flag: "no-password", short: "w", help: "never ask for a password (which penstock never does)")
    static let bin = Option(
        "pg-bin", .directory(),
        help: "where pg_dump, pg_restore and psql of the right version are; without it they are searched for"
    )

    static let authentication = Option(
        "pg-auth", .choice("HOW", of: Authentication.self), shownDefault: "password", environment: "PENSTOCK_PG_AUTH",
        help: "with a password, or with a token of Entra ID in its place")

    enum Authentication: String, Sendable, CaseIterable { case password, entra }

    static let secret = Option(
        "pg-secret",
        ValueFormat<String>("@WHERE", wants: "@keyvault:URL, @file:PATH or @env:NAME") { text in
            SecretReference(text) == nil ? nil : text
        }.secret(), environment: "PENSTOCK_PG_SECRET",
        help: "where the password is kept, alone or with host, port and role: @keyvault:URL, @file:PATH or @env:NAME")

    static let group = OptionGroup("Connection", [host, port, user, noPassword, authentication, secret, bin])

    /// What may be given to `-d`: a name, a connection URI, or a `key=value` string, which may hold a password.
    static let target = ValueFormat<String>.text("DB").secret()
}

extension Session {
    /// What gives the passwords, and the settings that came with them, where they are kept elsewhere.
    private func passwords() async throws -> (source: (any PasswordSource)?, settings: [String: String]) {
        let reference = try postgresSecret()
        guard try postgresAuthentication() == .password else {
            guard reference == nil else {
                throw arguments.refusal("a secret with the password and `--pg-auth entra` exclude each other")
            }
            return (TokenPasswords(tokens: try foundIdentity().tokens), [:])
        }
        if let reference {
            let name = arguments[PostgresOptions.secret] == nil ? "PENSTOCK_PG_SECRET" : "--pg-secret"
            let stored = StoredPasswords(session: self, name: name, reference: reference, holdsConnection: true)
            let text = try await secret(reference, of: name)
            return (stored, try text.reveal { text throws(PostgresSecretError) in try PostgresSecret(text) }.settings)
        }
        guard let text = world.environment["PGPASSWORD"], SecretReference(text) != nil else { return (nil, [:]) }
        return (StoredPasswords(session: self, name: "PGPASSWORD", reference: text, holdsConnection: false), [:])
    }

    /// The option, or else its variable.
    private func postgresSecret() throws -> String? {
        if let reference = arguments[PostgresOptions.secret] { return reference }
        guard let text = world.environment["PENSTOCK_PG_SECRET"], !text.isEmpty else { return nil }
        guard SecretReference(text) != nil else {
            throw SecretError(kind: .malformedReference, name: "PENSTOCK_PG_SECRET")
        }
        return text
    }

    func surroundings(target: String?) async throws -> Surroundings {
        let (passwords, settings) = try await passwords()
        return Surroundings(
            connection: ConnectionParameters(
                host: arguments[PostgresOptions.host], port: arguments[PostgresOptions.port],
                user: arguments[PostgresOptions.user], target: target, passwords: passwords, settings: settings),
            tools: ToolFinder(explicitDirectory: arguments[PostgresOptions.bin], environment: world.environment),
            environment: world.environment, log: reporter.log, now: world.now, hostName: world.hostName,
            version: VersionCommand.version)
    }
}
