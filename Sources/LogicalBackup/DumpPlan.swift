public import BackupModel
public import PostgresClient
public import PostgresTools

/// What a person asked to be dumped.
public struct DumpRequest: Sendable {
    public enum Databases: Sendable {
        /// These, by name, besides the one that the connection leads to.
        case connectedAnd([String])
        /// Every database of the server that can be dumped.
        case all
    }

    public var databases: Databases
    /// `nil` for the default name.
    public var name: RecoveryPointName?
    public var format: DumpFormat
    public var compression: DumpCompression
    /// False leaves the passwords of roles out, which a server may refuse to show.
    public var includesRolePasswords: Bool
    /// How many sessions read a database at once.
    public var jobs: Int
    /// A database whose reading takes longer is given up; `nil` for no limit.
    public var maximumSnapshotAge: Duration?

    public init(
        databases: Databases, name: RecoveryPointName? = nil, format: DumpFormat = .custom,
        compression: DumpCompression,
        includesRolePasswords: Bool = true, jobs: Int = 1, maximumSnapshotAge: Duration? = nil
    ) {
        self.jobs = jobs
        self.maximumSnapshotAge = maximumSnapshotAge
        self.databases = databases
        self.name = name
        self.format = format
        self.compression = compression
        self.includesRolePasswords = includesRolePasswords
    }
}

/// What a dump will do, decided before anything is written.
public struct DumpPlan: Sendable {
    public struct Item: Sendable {
        public let database: Database
        public let definition: DatabaseDefinition
        /// Left out of the dump.
        var excludedSchemas: [String] = []
        var warnings: [String] = []
    }

    public let name: RecoveryPointName
    public let items: [Item]
    public let skipped: [Manifest.Skipped]
    public let server: Manifest.Server
    public let tools: DumpTools
    public let format: DumpFormat
    public let compression: DumpCompression
    public let includesRolePasswords: Bool
    /// How many sessions read a database at once; 1 is a single pg_dump.
    public let jobs: Int
    public let maximumSnapshotAge: Duration?
    public let warnings: [String]

    /// The oldest server whose tables several sessions read.
    ///
    /// Older ones do not take names in an encoding other than their own.
    static let oldestParallel = 13
}

/// The client programs of a dump, all of one installation's choice.
public struct DumpTools: Sendable {
    public let dump: InstalledTool
    public let dumpAll: InstalledTool
    /// Writes the readable schemas from the archives' tables of contents.
    public let restore: InstalledTool

    /// Program to version.
    var versions: [String: String] {
        Dictionary(uniqueKeysWithValues: [dump, dumpAll, restore].map { ($0.tool.program, $0.version.text) })
    }
}

extension DumpPlan {
    /// Asks the server and the machine what is there, and decides; changes nothing.
    ///
    /// Throws ``DumpError``, `PostgresError` or `ToolError`.
    public static func make(for request: DumpRequest, in surroundings: Surroundings) async throws -> DumpPlan {
        try await withPostgresConnection(surroundings.connection, log: surroundings.log) { connection in
            let (chosen, skipped) = try await choose(request.databases, on: connection)
            var items: [Item] = []
            for database in chosen {
                guard let definition = try await connection.definition(ofDatabase: database.name) else {
                    throw DumpError(.noSuchDatabase, database: database.name)
                }
                items.append(Item(database: database, definition: definition))
            }
            let identity = try await connection.identity()
            let rule = ToolRule.dumping(serverMajor: connection.serverVersion.major)
            let tools = DumpTools(
                dump: try await surroundings.tools.find(.dump, for: rule),
                dumpAll: try await surroundings.tools.find(.dumpAll, for: rule),
                restore: try await surroundings.tools.find(.restore, for: rule))
            // Refused here, before anything is read, if this pg_dump cannot do it.
            _ = try request.compression.option.argument(for: tools.dump.version)
            if case .packed(let method) = request.compression, tools.dump.version.major < method.firstMajor {
                throw DumpError(.methodUnknown, detail: "pg_dump \(tools.dump.version.text)")
            }
            let canShare = connection.serverVersion.major >= oldestParallel
            let isOneStream = request.jobs > 1 && !canShare
            let lacking = try await request.compression.packing?.warning(
                of: tools.restore, environment: surroundings.environment)
            let taken = try await connection.currentTime()
            return DumpPlan(
                name: request.name ?? .standard(server: identity.serverName(surroundings.hostName), at: taken),
                items: items, skipped: skipped,
                server: Manifest.Server(
                    host: identity.host ?? identity.serverName(surroundings.hostName),
                    port: identity.port.map(String.init) ?? "", version: connection.serverVersion.text,
                    versionNumber: connection.serverVersion.number),
                tools: tools, format: request.format, compression: request.compression,
                includesRolePasswords: request.includesRolePasswords, jobs: canShare ? request.jobs : 1,
                maximumSnapshotAge: request.maximumSnapshotAge,
                warnings: [
                    isOneStream
                        ? "servers before PostgreSQL \(oldestParallel) are read by one session, not by \(request.jobs)"
                        : nil, lacking,
                ].compactMap(\.self))
        }
    }

    private static func choose(
        _ request: DumpRequest.Databases, on connection: PostgresConnection
    ) async throws -> ([Database], [Manifest.Skipped]) {
        let all = try await connection.databases()
        let connected = try await connection.query("SELECT pg_catalog.current_database()").firstValue ?? ""
        switch request {
        case .connectedAnd(let names): return (try pick([connected] + names, of: all), [])
        case .all:
            let skipped = all.compactMap { database in
                database.reasonToSkip.map { Manifest.Skipped(name: database.name, reason: $0) }
            }
            return (all.filter { $0.reasonToSkip == nil }, skipped)
        }
    }

    private static func pick(_ names: [String], of all: [Database]) throws(DumpError) -> [Database] {
        var picked: [Database] = []
        for name in names where !picked.contains(where: { $0.name == name }) {
            guard let database = all.first(where: { $0.name == name }) else {
                throw DumpError(.noSuchDatabase, database: name)
            }
            guard database.allowsConnections else { throw DumpError(.noConnections, database: name) }
            picked.append(database)
        }
        return picked
    }
}

extension Database {
    /// Why a dump of the whole server leaves it out.
    fileprivate var reasonToSkip: String? {
        if !allowsConnections { return "it does not allow connections" }
        return isTemplate ? "it is a template" : nil
    }
}

extension ServerIdentity {
    /// How the server is called in names: its host, or the cluster's name or this machine's where that says nothing.
    fileprivate func serverName(_ hostName: String) -> String {
        guard isLocal else { return host ?? address ?? hostName }
        return clusterName ?? hostName
    }
}
