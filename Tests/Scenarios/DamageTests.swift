import SystemCalls
import TestSupport
import Testing

@Suite(
    "Damaged recovery points", .tags(.postgres), .serialized,
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct DamageTests {
    /// A recovery point `set` of one database, and an empty database to restore into.
    private func withRecoveryPoint(
        rows: Int, _ body: (Place, Penstock, _ archive: String, _ target: String) async throws -> Void
    ) async throws {
        let cluster = try await PostgresCluster.shared()
        let (name, target) = (PostgresCluster.uniqueName("damage"), PostgresCluster.uniqueName("damage_target"))
        try await withDatabases([name, target], in: cluster, rows: rows) {
            try await cluster.run("DROP TABLE item", in: target)
            try await Place.make { place in
                let penstock = place.penstock(cluster)
                try await penstock.run(
                    "dump", "-d", name, "--to", place.container, "--name", "set", "--compress", "none"
                ).expecting()
                try await body(place, penstock, "set_database_\(name).sql", target)
                try await place.expectNothingLeft(in: [name, target], on: cluster)
            }
        }
    }

    private func restore(_ place: Place, into target: String) -> [String] {
        ["restore", place.container + "/set", "-d", target, "--yes"]
    }

    @Test(
        "a changed byte stops the restore before it is handed on, and is named with its range and its table",
        arguments: [["--jobs", "1"], ["--jobs", "2"], ["--clean", "-t", "item"]])
    func archive(words: [String]) async throws {
        let cluster = try await PostgresCluster.shared()
        // Two pieces of 8 MiB and more; the damage is in the last.
        try await withRecoveryPoint(rows: 20_000) { place, penstock, archive, target in
            var bytes = try await place.download(archive)
            let position = bytes.count - 100_000
            bytes[position] ^= 1
            try await place.upload(bytes, to: archive, replacing: true)
            if words.contains("--clean") { try await cluster.run("CREATE TABLE item ()", in: target) }
            let finished = try await penstock.run(restore(place, into: target) + words)
            finished.expectingRefusal(
                14, saying: archive, target, "bytes ", "the data of TABLE DATA public.item (dump ID ",
                hint: "another recovery point")
            // Only several jobs can go on.
            #expect(finished.errors.contains("--continue") == (words == ["--jobs", "2"]))
            let range = try #require(finished.errors.firstMatch(of: #/bytes (\d+) to (\d+)/#))
            let (first, last) = (try #require(Int(range.1)), try #require(Int(range.2)))
            #expect(first <= position && position <= last && last - first < 8 << 20)
            // pg_restore may not even have come to make the table.
            if try await cluster.value("SELECT to_regclass('item')", in: target) != nil {
                let rows = try await cluster.value("SELECT count(*) FROM item", in: target)
                #expect(rows == "0", "the rows of a COPY that was not finished")
            }
        }
    }

    @Test("an archive that was cut is refused before anything is restored")
    func truncated() async throws {
        let cluster = try await PostgresCluster.shared()
        try await withRecoveryPoint(rows: 3) { place, penstock, archive, target in
            let bytes = try await place.download(archive)
            try await place.upload(Array(bytes.dropLast(10)), to: archive, replacing: true)
            try await penstock.run(restore(place, into: target))
                .expectingRefusal(14, saying: "\(bytes.count - 10) bytes", hint: "another recovery point")
            #expect(try await cluster.value("SELECT to_regclass('item')", in: target) == nil)
        }
    }

    @Test("no database is made for an archive that cannot be read", arguments: ["1", "2"])
    func notMade(jobs: String) async throws {
        let cluster = try await PostgresCluster.shared()
        try await withRecoveryPoint(rows: 3) { place, penstock, archive, target in
            var bytes = try await place.download(archive)
            bytes[200] ^= 1
            try await place.upload(bytes, to: archive, replacing: true)
            let (name, copy) = (archive.dropFirst("set_database_".count).dropLast(".sql".count), target + "_made")
            try await penstock.run(
                "restore", place.container + "/set", "--create", "--rename", "\(name)=\(copy)", "--yes", "--jobs", jobs
            ).expectingRefusal(14, saying: "nothing of it was restored", archive)
            #expect(try await !cluster.hasDatabase(copy))
        }
    }

    @Test("a missing archive is named")
    func missing() async throws {
        try await withRecoveryPoint(rows: 3) { place, penstock, archive, target in
            try await penstock.run("blob", "remove", place.container + "/" + archive, "--yes").expecting()
            try await penstock.run(restore(place, into: target)).expectingRefusal(10, saying: archive)
        }
    }

    @Test("a manifest or marker that was touched is not believed")
    func manifest() async throws {
        try await withRecoveryPoint(rows: 3) { place, penstock, _, target in
            let manifest = try await place.download("set_manifest.json")
            try await place.upload(manifest + [UInt8(ascii: " ")], to: "set_manifest.json", replacing: true)
            for words in [["show", place.container + "/set"], restore(place, into: target)] {
                try await penstock.run(words).expectingRefusal(14, saying: "manifest", "SHA-256", hint: "pg_restore")
            }
            try await place.upload(manifest, to: "set_manifest.json", replacing: true)
            try await penstock.run("show", place.container + "/set").expecting()
            try await place.upload(Array("nonsense\n".utf8), to: "set_timestamp.txt", replacing: true)
            try await penstock.run("show", place.container + "/set").expectingRefusal(14, saying: "marker")
        }
    }

    @Test("something that is no dump is not fed to anything")
    func foreign() async throws {
        try await withRecoveryPoint(rows: 3) { place, penstock, _, target in
            try await place.upload([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], to: "theirs_database_x.sql")
            try await penstock.run("restore", place.container + "/theirs", "-d", target, "--yes")
                .expectingRefusal(14, saying: "neither an archive", hint: "penstock download")
        }
    }
}
