/// Where a connection ended up, in the variables that lead a child of this process to the same place.
struct Place: Sendable {
    let host: String?
    let address: String?
    let port: String?
    let user: String?
    let database: String?
    /// `PG*` variables; the password is among them.
    let variables: [String: String]

    init(_ session: Session) {
        host = session.host
        address = session.address
        port = session.port
        user = session.user
        database = session.database
        let settings = session.settings()
        var variables: [String: String] = [:]
        for setting in settings where !Self.replaced.contains(setting.keyword) {
            guard let variable = setting.variable, let value = setting.value, value != setting.standard else {
                continue
            }
            variables[variable] = value
        }
        // Of several hosts, and of several addresses of a host, the one that answered.
        variables["PGHOST"] = host
        variables["PGPORT"] = port
        variables["PGUSER"] = user
        variables["PGDATABASE"] = database
        variables["PGPASSWORD"] = session.password
        variables["PGHOSTADDR"] = address
        variables["PGAPPNAME"] = settings.first { $0.keyword == "application_name" }?.value ?? "penstock"
        self.variables = variables
    }

    /// True for what is reached without a network: sockets of the file system, and this machine's loopback.
    static func isHere(_ host: some StringProtocol) -> Bool {
        if host.isEmpty || host.hasPrefix("/") || host.hasPrefix("@") || host == "localhost" || host == "::1" {
            return true
        }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// Said from the live connection instead; or, like the service, resolved into other settings already.
    ///
    /// The client encoding is ours alone: pg_dump would change the encoding of its archive to it.
    private static let replaced: Set<String> = [
        "host", "hostaddr", "port", "user", "dbname", "password", "service", "client_encoding", "application_name",
    ]
}

extension PostgresConnection {
    /// The whole environment for a client program that is to connect to the same server in the same way.
    ///
    /// Of `environment` only what programs need anywhere is kept (`PATH`, `HOME`, `TMPDIR`, `TZ`, Kerberos, OpenSSL and
    /// library paths); everything of libpq's comes from this connection, the password included, so that no argument
    /// ever holds it. Messages are in English (`LC_ALL=C.UTF-8`), so that they can be read by programs. What libpq has no
    /// variable for is not passed on: TCP keepalives, and `sslpassword`.
    public func childEnvironment(inheriting environment: [String: String]) -> [String: String] {
        var result = environment.filter { Self.inherited.contains($0.key) }
        result["LC_ALL"] = "C.UTF-8"
        result.merge(place.variables) { _, ours in ours }
        return result
    }

    private static let inherited: Set<String> = [
        "PATH", "HOME", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "KRB5_CONFIG", "KRB5CCNAME", "KRB5_KTNAME", "OPENSSL_CONF",
        "SSL_CERT_FILE", "SSL_CERT_DIR",
    ]
}
