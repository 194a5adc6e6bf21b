import Glibc
import Subprocesses
import SystemCalls
import TestSupport
import Testing

@Suite(
    "A crash between the first commit and the marker", .tags(.postgres, .faults), .serialized,
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct OrphanTests {
    /// Makes a dump that is killed when its first archive has become visible, with the seed's moment after that.
    private func crash(_ place: Place, _ databases: [String], name: String, of cluster: PostgresCluster) async throws {
        var words = ["dump", "--to", place.container, "--name", name, "--concurrency", "1"]
        for database in databases { words += ["-d", database] }
        let started = name + "_database_"
        try await place.penstock(cluster).during(words) { running in
            try await eventually("an archive that is visible") {
                try await place.blobs().keys.contains { $0.hasPrefix(started) }
            }
            running.send(SIGKILL)
            #expect(try await running.finish().status == .signalled(SIGKILL))
        }
    }

    @Test("leaves complete archives that are no recovery point, are named, and can be removed")
    func orphans() async throws {
        let cluster = try await PostgresCluster.shared()
        let databases = (0..<12).map { _ in PostgresCluster.uniqueName("orphan") }
        try await withDatabases(databases, in: cluster) {
            try await Place.make { place in
                let penstock = place.penstock(cluster)
                // Somebody else's blobs: never an orphan's.
                try await place.upload(Array("--".utf8), to: "lost_notes.txt")
                try await place.upload(Array("--".utf8), to: "mine_roles.sql")
                // A listing takes about as long as a few commits: should the marker have been faster, it is made again.
                var name = ""
                for round in 0..<20 {
                    name = "lost\(round)"
                    try await crash(place, databases, name: name, of: cluster)
                    guard try await place.blobs()["\(name)_timestamp.txt"] != nil else { break }
                    print("the marker was written before the kill, in round \(round)")
                }
                let left = try await place.blobs().keys.filter { $0.hasPrefix(name + "_") }.sorted()
                #expect(!left.isEmpty)
                let points = try await place.expectNothingHalfDone(cluster)
                #expect(!points.contains(name))
                try await place.expectNothingLeft(in: databases, on: cluster)

                let dump = ["dump", "-d", databases[0], "--to", place.container, "--name"]
                try await penstock.run(dump + [name]).expectingRefusal(11, saying: name, hint: "penstock orphans")
                let next = try await penstock.run(dump + ["next"]).expecting()
                #expect(next.errors.contains("`\(name)`") && next.errors.contains("penstock orphans"))
                #expect(try await place.expectNothingHalfDone(cluster).contains("next"))

                let listed = try await penstock.run("orphans", place.container, "--json").expecting()
                #expect(try JSON(listed.text).text("name") == name)
                #expect(try JSON(listed.text).texts("blobs") == left)
                let before = try await place.blobs()
                let remove = ["orphans", place.container, "--remove"]
                try await penstock.run(remove + ["--yes"]).expecting()
                #expect(try await place.blobs() == before, "written within the last day")
                try await penstock.run(remove + ["--grace-hours", "0"]).expectingRefusal(2, saying: "--yes")
                try await penstock.run(remove + ["--grace-hours", "0", "--dry-run"]).expecting()
                #expect(try await place.blobs() == before)
                try await penstock.run(remove + ["--grace-hours", "0", "--yes"]).expecting()
                #expect(try await place.blobs() == before.filter { !left.contains($0.key) })
                try await penstock.run(dump + [name]).expecting()
            }
        }
    }
}
