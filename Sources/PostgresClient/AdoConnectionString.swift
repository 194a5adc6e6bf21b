/// The connection strings of .NET's providers, `Key=Value;…`, as Azure Backup keeps them for PostgreSQL.
///
/// Keys are compared without regard to case and blanks; values may stand between `'` or `"`, doubled inside; the last of
/// two counts. Source: <https://learn.microsoft.com/dotnet/framework/data/adonet/connection-string-syntax>
enum AdoConnectionString {
    /// libpq's keywords for what is there; other keys are passed over.
    static func settings(_ text: String) throws(PostgresSecretError) -> [String: String] {
        var settings: [String: String] = [:]
        var rest = Substring(text)
        while !rest.allSatisfy({ $0 == ";" || $0.isWhitespace }) {
            rest = rest.drop { $0 == ";" || $0.isWhitespace }
            guard let equals = rest.firstIndex(of: "="), !rest[..<equals].contains(";") else {
                throw malformed("a key has no `=`")
            }
            let key = rest[..<equals].filter { !$0.isWhitespace }.lowercased()
            rest = rest[rest.index(after: equals)...]
            let value = try takeValue(&rest)
            guard let keyword = keywords[key] else { continue }
            settings[keyword] = keyword == "sslmode" ? try mode(value) : value
        }
        guard settings["password"] != nil else { throw malformed("it has no `Password`") }
        return settings
    }

    /// Takes a value and the semicolon behind it.
    private static func takeValue(_ rest: inout Substring) throws(PostgresSecretError) -> String {
        rest = rest.drop(while: \.isWhitespace)
        guard let quote = rest.first, quote == "'" || quote == "\"" else {
            let value = rest.prefix { $0 != ";" }
            rest = rest[value.endIndex...]
            return String(value.reversed().drop(while: \.isWhitespace).reversed())
        }
        var value = ""
        rest.removeFirst()
        while let next = rest.popFirst() {
            guard next == quote else {
                value.append(next)
                continue
            }
            guard rest.first == quote else {
                rest = rest.drop(while: \.isWhitespace)
                guard rest.isEmpty || rest.first == ";" else { throw malformed("something follows a quoted value") }
                return value
            }
            value.append(rest.removeFirst())
        }
        throw malformed("a quoted value does not end")
    }

    private static func mode(_ value: String) throws(PostgresSecretError) -> String {
        let known = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]
        let name = value.lowercased()
        guard let mode = known.first(where: { $0 == name || $0.filter { $0 != "-" } == name }) else {
            throw malformed("its `Ssl Mode` is not known")
        }
        return mode
    }

    private static func malformed(_ detail: String) -> PostgresSecretError {
        PostgresSecretError(shape: "ADO.NET connection string", detail: detail)
    }

    /// By key without blanks.
    private static let keywords = [
        "server": "host", "host": "host", "datasource": "host", "port": "port", "userid": "user", "username": "user",
        "uid": "user", "user": "user", "password": "password", "pwd": "password", "sslmode": "sslmode",
    ]
}
