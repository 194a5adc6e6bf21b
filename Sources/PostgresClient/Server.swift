public import FoundationEssentials

/// What a server says about who and where it is.
public struct ServerIdentity: Sendable, Hashable {
    /// The setting `cluster_name`; `nil` if it is empty.
    public let clusterName: String?
    /// The host as it was given to the connection: a name, an address, or a directory of sockets.
    public let host: String?
    /// The server's own address; `nil` over a socket of its file system.
    public let address: String?
    public let port: Int?

    public init(clusterName: String?, host: String?, address: String?, port: Int?) {
        self.clusterName = clusterName
        self.host = host
        self.address = address
        self.port = port
    }

    /// True if it runs on this machine as far as the connection tells: over a socket, or a loopback address.
    public var isLocal: Bool { address.map { $0 == "::1" || $0.hasPrefix("127.") } ?? true }
}

/// A role of a server, without its password.
public struct Role: Sendable, Hashable {
    public let name: String
    public let canLogIn: Bool
    public let isSuperuser: Bool
}

extension PostgresConnection {
    public func identity() async throws -> ServerIdentity {
        let result = try await query(
            """
            SELECT pg_catalog.current_setting('cluster_name', true), pg_catalog.host(pg_catalog.inet_server_addr()),
                   coalesce(pg_catalog.inet_server_port(), pg_catalog.current_setting('port')::integer)
            """)
        let row = CatalogRow(result.rows.first ?? [])
        let name = row.optionalText(0)
        return ServerIdentity(
            clusterName: name == "" ? nil : name, host: place.host, address: row.optionalText(1),
            port: try row.optionalNumber(2))
    }

    /// The server's clock, whatever its time zone, to the microsecond.
    public func currentTime() async throws -> Date {
        let result = try await query(
            "SELECT (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::bigint")
        let microseconds: Int64 = try CatalogRow(result.rows.first ?? []).number(0)
        return Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
    }

    /// All roles by name, without the ones that PostgreSQL itself defines.
    public func roles() async throws -> [Role] {
        let result = try await query(
            """
            SELECT rolname, rolcanlogin, rolsuper FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_'
             ORDER BY rolname COLLATE "C"
            """)
        return try result.rows.map { row in
            let row = CatalogRow(row)
            return Role(name: try row.text(0), canLogIn: try row.flag(1), isSuperuser: try row.flag(2))
        }
    }
}
