import BackupModel
import BlobStorage
import CryptoDigests
import FoundationEssentials
import Testing

@Suite("Manifests and markers")
struct ManifestTests {
    private func sample() throws -> Manifest {
        let run = PieceDigests.Run(offset: 0, length: 20 << 20, pieceSize: 8 << 20)
        let pieces = try #require(PieceDigests(runs: [run], packed: (0..<96).map { UInt8($0) }))
        let time = try Date("2026-01-31T02:03:04Z", strategy: .iso8601)
        let database = Manifest.Database(
            name: "a/b \"q\"", file: Manifest.File(name: "n_database_a%2Fb.sql", pieces: pieces), taken: time,
            encoding: "UTF8", collate: "C", characterType: "C", localeProvider: "libc", providerLocale: nil,
            icuRules: nil, owner: "app",
            archiveVersion: "1.14", prefixLength: 700,
            members: [
                Manifest.Member(
                    id: 7, kind: "TABLE DATA", schema: "public", tag: "t", offset: 700, length: 90, stored: 70, raw: nil
                )
            ], warnings: ["pg_dump: warning: x"])
        return Manifest(
            name: try RecoveryPointName("n"), state: .complete, taken: time, finished: time,
            server: Manifest.Server(host: "h", port: "5432", version: "15.20", versionNumber: 150020),
            tools: ["pg_dump": "15.20"], options: [:], databases: [database], scripts: [],
            skipped: [Manifest.Skipped(name: "closed", reason: "does not allow connections")], warnings: [])
    }

    @Test("a manifest comes back as it was, and equal manifests are equal bytes")
    func roundTrip() throws {
        let manifest = try sample()
        let bytes = try manifest.encoded()
        #expect(try Manifest(decoding: bytes) == manifest)
        #expect(try manifest.encoded() == bytes)
        #expect(manifest.size == 20 << 20)
    }

    /// The sample with a database that is a directory of these files.
    private func directory(_ files: [String], members: [String] = ["7.dat.gz"]) throws -> Manifest {
        var manifest = try sample()
        let pieces = try #require(manifest.databases[0].file.pieces)
        let all = files.map { Manifest.File(name: $0, pieces: pieces, crc64: "00") }
        manifest.databases[0].format = .directory
        manifest.databases[0].file = try #require(all.first)
        manifest.databases[0].parts = Array(all.dropFirst())
        manifest.databases[0].members = members.map { file in
            Manifest.Member(
                id: 7, kind: "TABLE DATA", schema: "public", tag: "t", offset: 0, length: 90, stored: 70, raw: 1,
                file: file, rows: 3)
        }
        return manifest
    }

    @Test("a directory comes back with all its files")
    func directory() throws {
        let manifest = try directory(["n_database_x.dir/toc.dat", "n_database_x.dir/7.dat.gz"])
        #expect(try Manifest(decoding: manifest.encoded()) == manifest)
        #expect(manifest.size == 2 * (20 << 20))
        #expect(manifest.files.count == 2)
        #expect(manifest.databases[0].members[0].description == "TABLE DATA public.t (dump ID 7)")
    }

    @Test(
        "files that lead out of their directory, or are not a directory's, are refused",
        arguments: [
            ["d.dir/7.dat.gz", "d.dir/toc.dat"], ["d.dir/toc.dat", "e.dir/7.dat.gz"],
            ["toc.dat", "d.dir/7.dat.gz"], ["d.dir/toc.dat", "7.dat.gz"], ["../toc.dat", "../7.dat.gz"],
            ["d.dir/toc.dat", "d.dir/sub/7.dat.gz"], ["/toc.dat", "/7.dat.gz"],
            ["d.dir/toc.dat", "d.dir/7.dat.gz", "d.dir/7.dat.gz"], ["d.dir/toc.dat", "d.dir/8.dat.gz"],
            ["d.dir/toc.dat", "d.dir/7.dat.gz", "d.dir/evil"],
        ])
    func otherFiles(files: [String]) throws {
        let bytes = try directory(files).encoded()
        #expect(throws: ManifestError.self) { try Manifest(decoding: bytes) }
    }

    @Test("any single byte changed in a digest, a run or a size is refused")
    func tampered() throws {
        let text = try String(decoding: sample().encoded(), as: UTF8.self)
        for (old, new) in [("20971520", "20971521"), ("8388608", "8388607"), ("AAECAwQF", "AAECAwQG")] {
            #expect(text.contains(old))
            let changed = text.replacing(old, with: new)
            #expect(throws: ManifestError.self) { try Manifest(decoding: Array(changed.utf8)) }
        }
    }

    @Test(
        "hostile runs are refused without a trap",
        arguments: [
            "[[0,9223372036854775807,1]]", "[[0,-1,8]]", "[[0,20971520,0]]", "[[0]]", "[[1,20971520,8388608]]",
            "[[0,9223372036854775807,8388608],[9223372036854775807,1,1]]", "[[0,20971520,9223372036854775807]]",
        ])
    func hostileRuns(runs: String) throws {
        var manifest = try sample()
        manifest.databases[0].file.runs = try JSONDecoder().decode([[Int]].self, from: Data(runs.utf8))
        let bytes = try manifest.encoded()
        #expect(throws: ManifestError.self) { try Manifest(decoding: bytes) }
    }

    @Test("a file name that leads elsewhere, or twice to one blob, is refused", arguments: ["a/../b", "/x", ""])
    func hostileNames(name: String) throws {
        var manifest = try sample()
        manifest.databases[0].file.name = name
        let bytes = try manifest.encoded()
        #expect(throws: ManifestError.self) { try Manifest(decoding: bytes) }
    }

    @Test("databases whose names only look alike are two databases")
    func canonicalEquivalence() throws {
        var manifest = try sample()
        manifest.databases[0].name = "\u{E9}"
        manifest.databases.append(manifest.databases[0])
        manifest.databases[1].name = "e\u{301}"
        manifest.databases[1].file.name = "n_database_e\u{301}.sql"
        let bytes = try manifest.encoded()
        #expect(try Manifest(decoding: bytes).databases.count == 2)
    }

    @Test("a manifest of a later version says so")
    func future() throws {
        var manifest = try sample()
        manifest.version = 2
        let bytes = try manifest.encoded()
        #expect(throws: ManifestError(.fromTheFuture(2))) { try Manifest(decoding: bytes) }
    }

    @Test("a manifest cut anywhere is refused, never trapped on")
    func cut() throws {
        let bytes = try sample().encoded()
        for end in stride(from: 0, to: bytes.count - 2, by: 13) {
            #expect(throws: ManifestError.self) { try Manifest(decoding: Array(bytes[..<end])) }
        }
    }

    @Test("a marker is read back from its text, however odd the databases are named")
    func marker() throws {
        var manifest = try sample()
        manifest.databases[0].name = "evil\nstate: partial"
        let marker = Marker(
            name: try RecoveryPointName("\u{301}: n"), taken: manifest.taken, state: .complete,
            manifest: "n_manifest.json",
            manifestDigest: Hexadecimal.text(Digest.of([1, 2, 3].span, .sha256)))
        let text = marker.text(databases: manifest.databases, skipped: manifest.skipped)
        #expect(try Marker(decoding: Array(text.utf8)) == marker)
        #expect(text.contains("taken: 2026-01-31T02:03:04Z"))
        #expect(text.contains("closed: does not allow connections"))
        #expect(!text.contains("\nstate: partial"))
    }

    @Test("what is no marker is refused", arguments: ["", "\n", "hello", "state: complete\n"])
    func notAMarker(text: String) {
        #expect(throws: ManifestError(.notAMarker)) { try Marker(decoding: Array(text.utf8)) }
    }
}
