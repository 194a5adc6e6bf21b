public import Diagnostics
import FoundationEssentials

/// A secret that says how to reach a server: a password, alone or with the rest of a connection.
///
/// It may be an ADO.NET connection string, as Azure Backup keeps it, a connection URI or `key=value` string of libpq, a
/// JSON object, or the password alone. A database in it does not count: the command says which.
public struct PostgresSecret: Sendable {
    /// libpq's keywords but `dbname` and `password`.
    public let settings: [String: String]
    public let password: Secret<String>?

    public init(_ text: String) throws(PostgresSecretError) {
        var values: [String: String]
        if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
            values = try Self.parsedByLibpq(text, "connection URI")
        } else if text.drop(while: \.isWhitespace).hasPrefix("{") {
            values = try Self.json(text)
        } else if text.contains(";") {
            values = try AdoConnectionString.settings(text)
        } else if text.contains("host=") || text.contains("password=") {
            values = try Self.parsedByLibpq(text, "`key=value` string")
        } else {
            values = ["password": text]
        }
        guard !values.values.contains(where: { $0.utf8.contains(0) }) else {
            throw PostgresSecretError(shape: "password", detail: "it holds a NUL")
        }
        if let user = values["user"] { values["user"] = Self.plain(user, host: values["host"]) }
        password = values.removeValue(forKey: "password").map { Secret($0) }
        values["dbname"] = nil
        settings = values
    }

    /// `user` of `user@server`, as single servers had it, where the host begins with that server's name.
    private static func plain(_ user: String, host: String?) -> String {
        guard let at = user.lastIndex(of: "@"), at != user.startIndex,
            let label = host?.split(separator: ".").first,
            user[user.index(after: at)...].lowercased() == label.lowercased()
        else { return user }
        return String(user[..<at])
    }

    private static func parsedByLibpq(_ text: String, _ shape: String) throws(PostgresSecretError) -> [String: String] {
        // What libpq says about it may quote it.
        guard let values = ConnectionInfo.parse(text) else {
            throw PostgresSecretError(shape: shape, detail: "libpq cannot read it")
        }
        return values
    }

    private static func json(_ text: String) throws(PostgresSecretError) -> [String: String] {
        guard let fields = try? JSONDecoder().decode([String: Field].self, from: Data(text.utf8)) else {
            throw PostgresSecretError(shape: "JSON object", detail: "it is no object of texts and numbers")
        }
        var values: [String: String] = [:]
        for (name, field) in fields {
            guard let keyword = jsonKeywords[name.lowercased()], let value = field.text else { continue }
            guard values.updateValue(value, forKey: keyword) == nil else {
                throw PostgresSecretError(shape: "JSON object", detail: "`\(keyword)` is there twice")
            }
        }
        guard values["password"] != nil else {
            throw PostgresSecretError(shape: "JSON object", detail: "it has no `password`")
        }
        return values
    }

    private static let jsonKeywords = [
        "host": "host", "server": "host", "port": "port", "user": "user", "username": "user", "password": "password",
        "sslmode": "sslmode",
    ]

    private struct Field: Decodable {
        let text: String?

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            text = (try? container.decode(String.self)) ?? (try? container.decode(Int.self)).map { String($0) }
        }
    }
}

/// A secret that is none of the shapes in which PostgreSQL's are kept; quotes nothing of it.
public struct PostgresSecretError: ExplainedError, Equatable {
    /// What it was taken for.
    public let shape: String
    public let detail: String

    public init(shape: String, detail: String) {
        self.shape = shape
        self.detail = detail
    }

    public var code: String { "secret.unsupported-format" }
    public var summary: String { "the secret with the connection was taken for a \(shape), and \(detail)" }
    public var remedy: String? {
        "Keep the password alone, or a connection as `docs/reference/credentials.md` shows it; a password that looks like one goes "
            + "into `PGPASSWORD`, where it is taken as it is."
    }
    public var exitCode: ExitCode { .wrongUsage }
}
