import Glibc
import Synchronization
import SystemCalls
import TestSupport
import Testing

@Suite(
    "Verifying recovery points", .tags(.postgres), .serialized,
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct VerifyTests {
    /// A recovery point `set` of one database.
    private func withRecoveryPoint(
        rows: Int = 3, compress: String = "deflate", watch: @escaping @Sendable (String) -> Void = { _ in },
        _ body: (Place, Penstock, _ database: String, _ archive: String) async throws -> Void
    ) async throws {
        let cluster = try await PostgresCluster.shared()
        let name = PostgresCluster.uniqueName("verify")
        try await withDatabases([name], in: cluster, rows: rows) {
            try await Place.make(watch: watch) { place in
                let penstock = place.penstock(cluster)
                try await penstock.run(
                    "dump", "-d", name, "--to", place.container, "--name", "set", "--compress", compress
                ).expecting()
                try await body(place, penstock, name, "set_database_\(name).sql")
            }
        }
    }

    /// Verifies `set` and expects that exit code; answers the findings' codes, and the summary.
    private func verify(
        _ place: Place, _ words: String..., code: Int32, at location: SourceLocation = #_sourceLocation
    ) async throws -> (codes: [String], findings: [JSON], summary: JSON?) {
        let finished = try await Penstock().run(["verify", place.container + "/set", "--json"] + words)
        finished.expecting(code, at: location)
        let lines = try finished.lines.map { try JSON($0) }
        let findings = try lines.filter { try $0.text("type") == "verify-finding" }
        for finding in findings { #expect(try !finding.text("remedy").isEmpty, sourceLocation: location) }
        return (
            try findings.map { try $0.text("code") }, findings, try lines.last { try $0.text("type") == "verify" }
        )
    }

    @Test(
        "a dump holds at every level, and its rows are those of the server",
        arguments: ["none", "deflate", "pg_dump:6"])
    func whole(compress: String) async throws {
        let cluster = try await PostgresCluster.shared()
        try await withRecoveryPoint(rows: 4000, compress: compress) { place, _, database, _ in
            for level in ["sizes", "bytes", "archive"] {
                let (codes, _, summary) = try await verify(place, "--level", level, code: 0)
                #expect(codes == [])
                #expect(try summary?.text("outcome") == "holds")
                guard level == "archive" else { continue }
                #expect(try summary?.number("rows") == 4000 && summary?.number("members") == 1)
                try await cluster.run("SELECT lo_from_bytea(0, 'one'), lo_from_bytea(0, '')", in: database)
            }
            let dumped = try await place.penstock(cluster).run(
                "dump", "-d", database, "--to", place.container, "--name", "with_objects")
            dumped.expecting()
            let finished = try await Penstock().run("verify", place.container, "--latest", "--level", "archive")
            finished.expecting()
            #expect(finished.errors.contains("with_objects holds") && finished.errors.contains("2 large objects"))
            let all = try await Penstock().run("verify", place.container + "/", "--all", "--json").expecting()
            #expect(all.lines.count == 2)
        }
    }

    @Test("a changed byte in the store's files is found with its piece and member, and the rest is read all the same")
    func damagedFile() async throws {
        let cluster = try await PostgresCluster.shared()
        let name = PostgresCluster.uniqueName("verify")
        try await withDatabases([name], in: cluster, rows: 20_000) {
            try await withTemporaryDirectory(inMemory: true) { root in
                let location = "file://\(root)/store/backups"
                try Files.makeDirectory(root + "/store")
                let penstock = Penstock(environment: cluster.environment(database: "postgres"))
                try await penstock.run(
                    "dump", "-d", name, "--to", location, "--name", "set", "--compress", "none", "--create-container"
                ).expecting()
                let largest = try #require(try Self.dataFiles(root + "/store").max { $0.bytes.count < $1.bytes.count })
                var bytes = largest.bytes
                bytes[bytes.count / 2] ^= 1
                try Self.write(bytes, to: largest.path)
                for level in ["bytes", "archive"] {
                    let finished = try await penstock.run("verify", location + "/set", "--level", level)
                    finished.expecting(14)
                    let found = finished.lines.filter { $0.hasPrefix("damage: ") }
                    #expect(found.count == 1, "\(found)")
                    #expect(found.first?.contains("set_database_\(name).sql, bytes ") == true)
                    #expect(found.first?.contains("item (dump ID") == (level == "archive"))
                    #expect(finished.errors.contains("set is DAMAGED"))
                    // Everything was read all the same.
                    #expect(finished.errors.contains(level == "archive" ? "20000 rows" : "read"))
                }
                // A file that ends early cannot be read there at all.
                try Self.write(Array(largest.bytes.prefix(largest.bytes.count / 2)), to: largest.path)
                let cut = try await penstock.run("verify", location + "/set", "--level", "archive")
                cut.expecting(14)
                #expect(cut.lines.contains { $0.hasPrefix("damage: ") && $0.contains("bytes ") }, "\(cut.lines)")
                #expect(try await penstock.run("verify", location + "/set", "--level", "sizes").code == 0)
            }
        }
    }

    /// The files of a directory store that hold bytes of blobs.
    private static func dataFiles(_ store: String) throws -> [(path: String, bytes: [UInt8])] {
        try Files.names(in: store + "/data").flatMap { folder in
            try Files.names(in: "\(store)/data/\(folder)").map { name in
                let path = "\(store)/data/\(folder)/\(name)"
                return (path, try Files.contents(of: path, limit: 64 << 20))
            }
        }
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        try Files.remove(path)
        try Files.open(path, .create).write(bytes.span)
    }

    @Test("a missing archive and a missing marker are 10; a manifest, a marker or a size that is another is 14")
    func setFaults() async throws {
        try await withRecoveryPoint { place, penstock, _, archive in
            func remove(_ name: String) async throws -> [UInt8] {
                let bytes = try await place.download(name)
                try await penstock.run("blob", "remove", place.container + "/" + name, "--yes").expecting()
                return bytes
            }
            let manifest = try await place.download("set_manifest.json")
            try await place.upload(manifest + [32], to: "set_manifest.json", replacing: true)
            #expect(try await verify(place, code: 14).codes.contains("verify.manifest-replaced"))
            try await place.upload(manifest, to: "set_manifest.json", replacing: true)
            #expect(try await verify(place, code: 0).codes == [])
            let marker = try await remove("set_timestamp.txt")
            #expect(try await verify(place, code: 10).codes == ["verify.marker-missing"])
            try await place.upload(marker, to: "set_timestamp.txt")
            let roles = try await remove("set_roles.sql")
            let bytes = try await remove(archive)
            let (codes, findings, summary) = try await verify(place, "--level", "archive", code: 10)
            #expect(codes == ["verify.blob-missing", "verify.blob-missing"])
            #expect(try Set(findings.map { try $0.text("blob") }) == ["set_roles.sql", archive])
            #expect(try summary?.text("outcome") == "missing")
            try await place.upload(roles, to: "set_roles.sql")
            try await place.upload(bytes + [0], to: archive)
            #expect(try await verify(place, "--level", "sizes", code: 14).codes == ["verify.size-differs"])
            try await Penstock().run("verify", place.container + "/other").expectingRefusal(10, saying: "other")
        }
    }

    @Test("a plain pg_dump is of other origin: unproven until its archive is parsed")
    func foreign() async throws {
        let cluster = try await PostgresCluster.shared()
        try await withRecoveryPoint(rows: 2000) { place, _, database, _ in
            let dumped = try await cluster.program("pg_dump", ["-Fc"], database: database).expecting().output
            try await place.upload(dumped, to: "theirs_database_x.sql")
            let words = ["verify", place.container + "/theirs"]
            try await Penstock().run(words).expecting(3)
            let parsed = try await Penstock().run(words + ["--level", "archive"]).expecting()
            #expect(parsed.errors.contains("2000 rows"))
            try await place.upload(Array(dumped.dropLast(1000)), to: "theirs_database_x.sql", replacing: true)
            let cut = try await Penstock().run(words + ["--level", "archive"]).expecting(14)
            #expect(cut.lines.contains { $0.contains("TABLE DATA") })
        }
    }

    @Test("an interrupted check never says that anything holds", .timeLimit(.minutes(2)))
    func interrupted() async throws {
        let reads = Mutex(0)
        try await withRecoveryPoint(
            rows: 12_000, compress: "none",
            watch: { line in if line.contains("GetBlob") { reads.withLock { $0 += 1 } } }
        ) { place, penstock, _, _ in
            for level in ["bytes", "archive"] {
                let before = reads.withLock { $0 }
                let words = ["verify", place.container + "/set", "--level", level, "--bandwidth", "1MiB/s", "--json"]
                try await penstock.during(words) { running in
                    // Marker and manifest, and then some.
                    try await eventually("reads of blobs") { reads.withLock { $0 } > before + 3 }
                    running.send(SIGINT)
                    let finished = try await running.finish()
                    finished.expecting(130)
                    #expect(!(finished.text + finished.errors).contains("holds"))
                    #expect(!finished.text.contains("\"type\":\"verify\""))
                }
            }
        }
    }
}
