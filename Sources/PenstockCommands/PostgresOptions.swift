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

    static let group = OptionGroup("Connection", [host, port, user, noPassword, authentication, bin])

    /// What may be given to `-d`: a name, a connection URI, or a `key=value` string, which may hold a password.
    static let target = ValueFormat<String>.text("DB").secret()
}

extension Session {
    /// What gives the passwords, where they are tokens.
    private func passwords() throws -> (any PasswordSource)? {
        guard try postgresAuthentication() == .entra else { return nil }
        return TokenPasswords(tokens: try foundIdentity().tokens)
    }

    func surroundings(target: String?) throws -> Surroundings {
        Surroundings(
            connection: ConnectionParameters(
                host: arguments[PostgresOptions.host], port: arguments[PostgresOptions.port],
                user: arguments[PostgresOptions.user], target: target, passwords: try passwords()),
            tools: ToolFinder(explicitDirectory: arguments[PostgresOptions.bin], environment: world.environment),
            environment: world.environment, log: reporter.log, now: world.now, hostName: world.hostName,
            version: VersionCommand.version)
    }
}
