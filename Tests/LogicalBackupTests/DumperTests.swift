import BackupCatalog
import BackupModel
import BlobStorage
import ByteStreams
import Diagnostics
import FoundationEssentials
import LogicalBackup
import PostgresClient
import PostgresTools
import TestSupport
import Testing

@Suite(
    "Dumps of a real server", .tags(.postgres),
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct DumperTests {
    private static func store() async throws -> FaultyStore {
        let account = MemoryAccount(clock: { Date() }, random: { UInt64.random(in: .min ... .max) })
        let name = try ContainerName("backups")
        _ = try await account.create(name, metadata: [:])
        return FaultyStore(account.store(of: name), plan: FaultPlan(target: nil, fault: .before))
    }

    private static func catalog(_ store: any BlobStore) -> RecoveryPointCatalog {
        RecoveryPointCatalog(store: store, layout: SetLayout(path: "nightly"))
    }

    private static func surroundings(_ database: String) async throws -> Surroundings {
        let cluster = try await PostgresCluster.shared()
        return Surroundings(
            connection: ConnectionParameters(
                target: "host=\(cluster.host) port=\(cluster.port) user=postgres dbname=\(database)"),
            tools: ToolFinder(explicitDirectory: cluster.programs, environment: [:]),
            environment: cluster.environment(), log: .silent, now: { Date() }, hostName: "here", version: "test")
    }

    /// A database with a table of some rows; `body` gets its name.
    private func withDatabase(_ body: (String) async throws -> Void) async throws {
        let name = PostgresCluster.uniqueName("dumped")
        try await withPostgresConnection(Self.surroundings("postgres").connection, log: .silent) { connection in
            let like = try #require(try await connection.definition(ofDatabase: "template1"))
            try await connection.createDatabase(name, like: like)
        }
        try await withPostgresConnection(Self.surroundings(name).connection, log: .silent) { connection in
            try await connection.query("CREATE TABLE t AS SELECT g, md5(g::text) FROM generate_series(1, 1000) g")
        }
        try await body(name)
    }

    private static func dump(
        _ database: String, into store: any BlobStore, as format: DumpFormat = .custom,
        token: UploadToken = DumperTests.token()
    ) async throws -> Manifest {
        let surroundings = try await surroundings(database)
        let request = DumpRequest(
            databases: .connectedAnd([]), name: try RecoveryPointName("one"), format: format,
            compression: .none)
        let plan = try await DumpPlan.make(for: request, in: surroundings)
        let uploader = Uploader(
            store: store, pool: BlockPool(budget: .mebibytes(8)),
            schedule: BlockSchedule(smallest: 1 << 20, largest: 1 << 20), meter: TransferMeter(), computesDigests: true)
        return try await Dumper(
            plan, in: surroundings, catalog: catalog(store), uploader: uploader, token: token,
            packing: PackingBudget(memory: .mebibytes(16), cores: 2), contentsLimit: 1 << 20,
            withdrawalTime: .seconds(30), clock: ContinuousClock()
        ).run()
    }

    private static func downloader(_ store: any BlobStore) throws -> Downloader {
        Downloader(
            store: store, pool: BlockPool(budget: .mebibytes(16)),
            budget: try TransferBudget(memory: .mebibytes(32), concurrency: 2), meter: TransferMeter())
    }

    private static func token() -> UploadToken {
        var generator = SystemRandomNumberGenerator()
        return UploadToken(using: &generator)
    }

    @Test("hold what their manifest says, byte for byte")
    func whole() async throws {
        try await withDatabase { database in
            let store = try await Self.store()
            let manifest = try await Self.dump(database, into: store)
            let point = try await Self.catalog(store).load(RecoveryPointName("one"))
            #expect(point.manifest?.files == manifest.files)
            #expect(manifest.databases.first?.members.map(\.tag) == ["t"])
            let downloader = try Self.downloader(store)
            for file in manifest.files {
                let pieces: PieceDigests = try #require(file.pieces)
                var sink = MemorySink(limit: 1 << 24)
                _ = try await downloader.download(BlobName("nightly/" + file.name), pieces: pieces, into: &sink)
                #expect(sink.bytes.count == file.size)
            }
        }
    }

    @Test(
        "survive any single failure of the store: no marker without the whole set", .tags(.faults),
        arguments: [(DumpFormat.custom, 4), (.directory, 5)])
    func faults(format: DumpFormat, committed: Int) async throws {
        try await withDatabase { database in
            let calls = try await everyFailurePoint(in: { try await Self.store() }) { store in
                _ = try await Self.dump(database, into: store, as: format)
            } check: { store, fault, error in
                #expect(error != nil)
                let catalog = Self.catalog(store)
                let blobs = try await store.blobs(prefix: "")
                let listing = try await catalog.listing()
                guard listing.entries.isEmpty else {
                    // Only a marker whose answer was lost.
                    #expect(fault == .answerLost)
                    let files = try #require(try await catalog.load(RecoveryPointName("one")).manifest).files
                    for file in files {
                        let found = blobs.first { $0.name.text == "nightly/" + file.name }
                        #expect(found?.properties.size == file.size)
                    }
                    return
                }
                // What is committed is taken back, up to the marker; after that the set is left as it is, whole.
                #expect(blobs.isEmpty || blobs.count == committed + 1)
                for orphan in listing.orphans { #expect(try await catalog.remove(orphan) == blobs.count) }
                try await catalog.requireUnused(RecoveryPointName("one"))
            }
            // The listing; a run of blocks for each blob, and one more for the table of contents of an archive; the
            // commits; manifest and marker.
            #expect(calls == 1 + 5 + committed + 2)
        }
    }

    @Test("two at once with one name make one recovery point", .tags(.faults))
    func twoAtOnce() async throws {
        try await withDatabase { database in
            let store = try await Self.store()
            async let first = Result { try await Self.dump(database, into: store) }
            async let second = Result { try await Self.dump(database, into: store) }
            let results = await [first, second]
            #expect(results.count { (try? $0.get()) != nil } <= 1)
            let listing = try await Self.catalog(store).listing()
            #expect(listing.orphans.isEmpty)
            for entry in listing.entries { _ = try await Self.catalog(store).load(entry.name) }
        }
    }

    @Test("go back into the database that a connection string leads to, whose text nobody takes for a name")
    func connectionString() async throws {
        try await withDatabase { database in
            let store = try await Self.store()
            _ = try await Self.dump(database, into: store)
            let target = PostgresCluster.uniqueName("restored")
            let cluster = try await PostgresCluster.shared()
            try await withPostgresConnection(Self.surroundings("postgres").connection, log: .silent) { connection in
                let like = try #require(try await connection.definition(ofDatabase: "template1"))
                try await connection.createDatabase(target, like: like)
            }
            let text = "host=\(cluster.host) user=postgres dbname=\(target) password=secret"
            let point = try await Self.catalog(store).load(RecoveryPointName("one"))
            let task = try await RestoreTask.make(
                for: RestorePlan.Request(connectTo: text), settings: RestoreSettings(), of: point,
                contents: StoredContents(Self.downloader(store), limit: 1 << 20), in: Self.surroundings(target))
            #expect(task.steps.map(\.plan.target) == [target])
        }
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
