import Glibc
import Subprocesses
import SystemCalls
import TestSupport
import Testing

@Suite(
    "A dump that dies half-way", .tags(.postgres, .faults), .serialized,
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct DumpFaultTests {
    @Test("by the SIGKILL of pg_dump leaves nothing")
    func killedTool() async throws {
        try await HeldDump.during { dump in
            kill(dump.pgDump, SIGKILL)
            try await dump.running.finish()
                .expectingRefusal(1, saying: dump.databases[1], "signal 9", hint: "dump again")
            // A server notices that a client has gone when it has its lock.
            try await dump.release()
            try await dump.expectNothingHappened()
        }
    }

    @Test("by the end of its session leaves nothing")
    func terminatedSession() async throws {
        try await HeldDump.during { dump in
            let ended = try await dump.cluster.value(
                """
                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE datname = $1 AND wait_event_type = 'Lock'
                """, [dump.databases[1]])
            #expect(ended == "1")
            try await dump.running.finish()
                .expectingRefusal(1, saying: dump.databases[1], "pg_dump exited with status 1", hint: "dump again")
            try await dump.expectNothingHappened()
        }
    }

    @Test("by an interrupt leaves nothing, and ends soon with 130", arguments: [SIGINT, SIGTERM])
    func interrupted(signal: Int32) async throws {
        try await HeldDump.during { dump in
            let start = ContinuousClock.now
            dump.running.send(signal)
            let finished = try await dump.running.finish().expecting(130)
            #expect(ContinuousClock.now - start < InterruptTests.limit)
            #expect(finished.errors.contains("interrupted"))
            try await dump.expectNothingHappened()
        }
    }

    @Test("by two interrupts ends at once")
    func interruptedTwice() async throws {
        try await HeldDump.during { dump in
            dump.running.send(SIGINT)
            dump.running.send(SIGINT)
            try await dump.running.finish().expecting(130)
            try await dump.release()
            try await dump.expectNothingHappened()
        }
    }

    @Test("by its own SIGKILL leaves nothing once pg_dump has its lock")
    func killed() async throws {
        try await HeldDump.during { dump in
            dump.running.send(SIGKILL)
            #expect(try await dump.running.finish().status == .signalled(SIGKILL))
            // Nobody can end a child of a process that is no more; it ends at its first write into the broken pipe.
            try await dump.release()
            try await dump.expectNothingHappened()
        }
    }

    @Test("because the store dies is said, and leaves nothing")
    func storeGone() async throws {
        try await HeldDump.during { dump in
            dump.place.server.running.send(SIGKILL)
            _ = try await dump.place.server.running.finish()
            try await dump.release()
            try await dump.running.finish()
                .expectingRefusal(13, saying: "could not be reached", hint: "service is running")
            try await dump.place.expectNothingLeft(of: [dump.pgDump], in: dump.databases, on: dump.cluster)
            try await StoreServer.during(directory: dump.place.store, port: dump.place.server.port) { _ in
                try await dump.expectNothingHappened()
            }
        }
    }

    @Test("goes on when the store comes back")
    func storeBack() async throws {
        try await HeldDump.during { dump in
            dump.place.server.running.send(SIGKILL)
            _ = try await dump.place.server.running.finish()
            try await dump.release()
            try await eventually("the end of pg_dump") { !ProcessTable.isAlive(dump.pgDump) }
            try await StoreServer.during(directory: dump.place.store, port: dump.place.server.port) { _ in
                try await dump.running.finish().expecting()
                #expect(try await dump.place.expectNothingHalfDone(dump.cluster) == [HeldDump.name])
                try await dump.place.expectNothingLeft(of: [dump.pgDump], in: dump.databases, on: dump.cluster)
            }
        }
    }

    @Test("by the SIGKILL of penstock while pg_dump writes takes pg_dump with it")
    func killedWhileWriting() async throws {
        let cluster = try await PostgresCluster.shared()
        let name = PostgresCluster.uniqueName("writing")
        try await withDatabases([name], in: cluster, rows: 100_000) {
            try await Place.make { place in
                let words = [
                    "dump", "-d", name, "--to", place.container, "--compress", "none", "--memory", "24MiB",
                    "--concurrency", "2",
                ]
                try await place.penstock(cluster).during(words) { running in
                    try await eventually("a pg_dump that copies") {
                        try await cluster.value(
                            "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND query LIKE 'COPY%'", [name]
                        ) == "1"
                    }
                    let child = try ProcessTable.children(of: running.id, named: "pg_dump").first?.id
                    // A store that takes nothing: pg_dump fills the memory of the dump, then waits in a write.
                    place.server.running.send(SIGSTOP)
                    try await eventually("a pg_dump that waits in a write") {
                        try await cluster.value(
                            """
                            SELECT count(*) FROM pg_stat_activity
                            WHERE datname = $1 AND wait_event = 'ClientWrite'
                            """, [name]) == "1"
                    }
                    running.send(SIGKILL)
                    #expect(try await running.finish().status == .signalled(SIGKILL))
                    try await place.expectNothingLeft(of: [try #require(child)], in: [name], on: cluster)
                    place.server.running.send(SIGCONT)
                    #expect(try await place.blobs() == [:])
                }
            }
        }
    }
}
