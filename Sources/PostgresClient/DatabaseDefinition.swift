/// What it takes to make a database again, under the same name or another one; without what lies in it.
public struct DatabaseDefinition: Sendable, Hashable {
    public var owner: String?
    public var encoding: String
    /// `LC_COLLATE` and `LC_CTYPE`.
    public var collate: String
    public var characterType: String
    public var provider: LocaleProvider
    /// The locale of the provider `icu` or `builtin`; `nil` with `libc`.
    public var providerLocale: String?
    /// Additional ICU rules, from PostgreSQL 16 on.
    public var icuRules: String?
    public var tablespace: String?
    /// -1 for no limit.
    public var connectionLimit: Int

    public init(
        owner: String?, encoding: String, collate: String, characterType: String, provider: LocaleProvider,
        providerLocale: String?, icuRules: String?, tablespace: String?, connectionLimit: Int
    ) {
        self.owner = owner
        self.encoding = encoding
        self.collate = collate
        self.characterType = characterType
        self.provider = provider
        self.providerLocale = providerLocale
        self.icuRules = icuRules
        self.tablespace = tablespace
        self.connectionLimit = connectionLimit
    }

    public enum LocaleProvider: String, Sendable {
        case libc = "c"
        case icu = "i"
        case builtin = "b"
    }

    /// `CREATE DATABASE … TEMPLATE template0`, in the words of a server of that version.
    ///
    /// Owner, tablespace and limit are left out where they are `nil` or -1: they are the server's own affair.
    public func createStatement(name: String, serverMajor: Int) -> String {
        var words = ["CREATE DATABASE", SQL.identifier(name), "TEMPLATE template0"]
        if let owner { words += ["OWNER", SQL.identifier(owner)] }
        words += ["ENCODING", SQL.literal(encoding)]
        words += ["LC_COLLATE", SQL.literal(collate), "LC_CTYPE", SQL.literal(characterType)]
        if serverMajor >= 15 {
            switch (provider, providerLocale) {
            case (.icu, let locale?):
                words += ["LOCALE_PROVIDER icu ICU_LOCALE", SQL.literal(locale)]
                if serverMajor >= 16, let icuRules { words += ["ICU_RULES", SQL.literal(icuRules)] }
            case (.builtin, let locale?): words += ["LOCALE_PROVIDER builtin BUILTIN_LOCALE", SQL.literal(locale)]
            default: words.append("LOCALE_PROVIDER libc")
            }
        }
        if let tablespace { words += ["TABLESPACE", SQL.identifier(tablespace)] }
        if connectionLimit >= 0 { words.append("CONNECTION LIMIT \(connectionLimit)") }
        return words.joined(separator: " ")
    }
}

extension PostgresConnection {
    /// How a database of this server was made; `nil` if there is none of that name.
    public func definition(ofDatabase name: String) async throws -> DatabaseDefinition? {
        let major = serverVersion.major
        let locale = major >= 17 ? "d.datlocale" : major >= 15 ? "d.daticulocale" : "NULL"
        let result = try await query(
            """
            SELECT pg_catalog.pg_get_userbyid(d.datdba), pg_catalog.pg_encoding_to_char(d.encoding),
                   d.datcollate, d.datctype, \(major >= 15 ? "d.datlocprovider" : "'c'"), \(locale),
                   \(major >= 16 ? "d.daticurules" : "NULL"), t.spcname, d.datconnlimit
              FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace
             WHERE d.datname = $1
            """, [name])
        guard let first = result.rows.first else { return nil }
        let row = CatalogRow(first)
        return DatabaseDefinition(
            owner: try row.text(0), encoding: try row.text(1), collate: try row.text(2),
            characterType: try row.text(3), provider: .init(rawValue: try row.text(4)) ?? .libc,
            providerLocale: row.optionalText(5), icuRules: row.optionalText(6), tablespace: try row.text(7),
            connectionLimit: try row.number(8))
    }

    /// Makes an empty database from `template0`.
    ///
    /// Throws ``PostgresError`` of kind `exists` if the name is taken.
    public func createDatabase(_ name: String, like definition: DatabaseDefinition) async throws {
        _ = try await query(definition.createStatement(name: name, serverMajor: serverVersion.major))
    }

    /// `ALTER DATABASE … SET` and `ALTER ROLE … IN DATABASE … SET` of a database, which no archive holds when it is
    /// restored under another name.
    public func settings(ofDatabase name: String) async throws -> [DatabaseSetting] {
        let result = try await query(
            """
            SELECT r.rolname, c.setting
              FROM pg_catalog.pg_db_role_setting s
              JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
              LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
             CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c (setting)
             WHERE d.datname = $1
             ORDER BY r.rolname COLLATE "C" NULLS FIRST, c.setting COLLATE "C"
            """, [name])
        return try result.rows.map { row in
            let row = CatalogRow(row)
            let parts = try row.text(1).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return DatabaseSetting(
                role: row.optionalText(0), name: String(parts[0]), value: parts.count > 1 ? String(parts[1]) : "")
        }
    }
}

/// A setting that a database gives to its sessions, or to those of one role.
public struct DatabaseSetting: Sendable, Hashable {
    /// `nil` for all roles.
    public let role: String?
    public let name: String
    public let value: String

    public init(role: String?, name: String, value: String) {
        self.role = role
        self.name = name
        self.value = value
    }
}
