import Diagnostics

/// Where a PostgreSQL server is and who connects to it, as psql's flags say it.
///
/// What is not said here comes from where libpq takes it: the `PG*` variables and the service file of this process's
/// environment, and the password file. libpq reads them itself. There is never a prompt (psql's `-w` is always on).
public struct ConnectionParameters: Sendable {
    /// psql's `-h`: a host name, an address, a directory of sockets, or several with commas.
    public var host: String?
    /// psql's `-p`.
    public var port: String?
    /// psql's `-U`.
    public var user: String?
    /// psql's `-d`: a database's name, a connection URI, or a `key=value` string.
    ///
    /// It may hold a password.
    private let target: Secret<String>?
    /// Gives the password of each connection.
    let passwords: (any PasswordSource)?
    /// A database on the same server, by its plain name, that replaces the one of `-d`.
    private var databaseName: String?
    /// The one server that all the others of the settings give way to.
    private var pin: Pin?

    private struct Pin {
        let host: String?
        let address: String?
        let port: String?
    }
    /// libpq's keywords that a secret brought; host, port, user and target go before them.
    private let settings: [String: String]

    public init(
        host: String? = nil, port: String? = nil, user: String? = nil, target: String? = nil,
        passwords: (any PasswordSource)? = nil, settings: [String: String] = [:]
    ) {
        self.passwords = passwords
        self.settings = settings
        self.host = host
        self.port = port
        self.user = user
        self.target = target.map { Secret($0) }
    }

    /// The same server and user, another database; the name is taken as it is, whatever characters it has.
    public func database(named name: String) -> ConnectionParameters {
        var other = self
        other.databaseName = name
        return other
    }

    /// The server that a connection made with these parameters has found, and no other of several hosts or addresses.
    public func pinned(to connection: PostgresConnection) -> ConnectionParameters {
        var other = self
        let place = connection.place
        other.pin = Pin(host: place.host, address: place.address, port: place.port)
        return other
    }

    /// Keywords and values in the order in which libpq takes them: later ones win, and only the first `dbname` is
    /// looked at for a URI or a `key=value` string.
    ///
    /// - Parameters:
    ///   - password: What the source of passwords gave.
    ///   - requiresTLS: True to connect over TLS only, whatever else is said.
    func keywords<Result, Failure: Error>(
        password: Secret<String>? = nil, requiresTLS: Bool = false,
        _ body: ([(keyword: String, value: String)]) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var list: [(keyword: String, value: String)] = []
        for (keyword, value) in settings.sorted(by: { $0.key < $1.key }) { list.append((keyword, value)) }
        let isToken = passwords?.givesTokens ?? true
        if let password, !isToken { list.append(("password", password.reveal { $0 })) }
        if let host {
            list.append(("host", host))
            // The address in a secret is that of its own host.
            if settings["hostaddr"] != nil { list.append(("hostaddr", "")) }
        }
        if let port { list.append(("port", port)) }
        if let user { list.append(("user", user)) }
        list.append(("fallback_application_name", "penstock"))
        list.append(("dbname", target?.reveal { $0 } ?? ""))
        if let databaseName { list.append(("dbname", databaseName)) }
        if let host = pin?.host { list.append(("host", host)) }
        if let address = pin?.address { list.append(("hostaddr", address)) }
        if let port = pin?.port { list.append(("port", port)) }
        list.append(("client_encoding", "UTF8"))
        if let password, isToken { list.append(("password", password.reveal { $0 })) }
        if requiresTLS { list.append(("sslmode", "require")) }
        return try body(list)
    }
}

extension ConnectionParameters: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Without the target, which may hold a password.
    public var description: String {
        let parts = [("host", host), ("port", port), ("user", user), ("dbname", databaseName)]
        return parts.compactMap { part in part.1.map { "\(part.0)=\($0)" } }.joined(separator: " ")
    }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
