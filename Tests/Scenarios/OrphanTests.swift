import Glibc
import Subprocesses
import Synchronization
import SystemCalls
import TestSupport
import Testing

@Suite(
    "A crash between the first commit and the marker", .tags(.postgres, .faults), .serialized,
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct OrphanTests {
    @Test("leaves complete archives that are no recovery point, are named, and can be removed")
    func orphans() async throws {
        let cluster = try await PostgresCluster.shared()
        let databases = (0..<12).map { _ in PostgresCluster.uniqueName("orphan") }
        try await withDatabases(databases, in: cluster) {
            let killer = Killer()
            try await Place.make(watch: { killer.look(at: $0) }) { place in
                let penstock = place.penstock(cluster)
                // Somebody else's blobs: never an orphan's.
                try await place.upload(Array("--".utf8), to: "notes.txt")
                try await place.upload(Array("--".utf8), to: "mine_roles.sql")
                let name = "lost"
                var words = ["dump", "--to", place.container, "--name", name]
                for database in databases { words += ["-d", database] }
                try await penstock.during(words) { running in
                    killer.victim.withLock { $0 = running.id }
                    let finished = try await running.finish()
                    #expect(finished.status == .signalled(SIGKILL))
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

/// Kills a dump as soon as the server has carried out its first commit.
private final class Killer: Sendable {
    let victim = Mutex<Int32?>(nil)

    func look(at request: String) {
        guard request.contains("operation=PutBlockList"), request.contains("status=201") else { return }
        victim.withLock { victim in
            if let id = victim { kill(id, SIGKILL) }
            victim = nil
        }
    }
}
