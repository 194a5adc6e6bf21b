import Glibc
import Subprocesses
import SystemCalls
import TestSupport
import Testing

/// How often the soak tests do what they do; `PENSTOCK_SOAK` says it.
enum Soak {
    static let rounds = Machine.environment["PENSTOCK_SOAK"].flatMap { Int($0) }

    /// The seed of the random moments, printed with each; `PENSTOCK_SEED` repeats a run's.
    static let seed = Machine.environment["PENSTOCK_SEED"].flatMap { UInt64($0) } ?? .random(in: 0..<1_000_000)
}

/// Who is killed in the middle of a dump.
enum Victim: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case pgDump = "pg_dump"
    case penstock = "penstock dump"
    case server = "penstock serve"

    var testDescription: String { rawValue }
}

@Suite(
    "SIGKILL at random moments", .tags(.postgres, .faults), .serialized,
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct CrashSoakTests {
    @Test(
        "leaves no marker without a whole set, no archive half visible, and the next dump works",
        arguments: Victim.allCases)
    func kill(victim: Victim) async throws {
        let cluster = try await PostgresCluster.shared()
        let databases = (0..<3).map { _ in PostgresCluster.uniqueName("soak") }
        var numbers = SeededGenerator(seed: Soak.seed)
        print("seed \(Soak.seed): PENSTOCK_SEED repeats the moments")
        try await withDatabases(databases, in: cluster, rows: 2000) {
            for round in 0..<(Soak.rounds ?? 2) {
                try await Place.make { place in
                    let crash = Crash(place: place, cluster: cluster, databases: databases)
                    let whole = try await crash.timeOfWholeDump()
                    let share = Double.random(in: 0.05..<1.05, using: &numbers)
                    try await crash.run(victim, after: whole * share)
                    print("\(victim.rawValue), round \(round): killed after \(Int(share * 100)) % of a dump's time")
                }
            }
        }
    }

    @Test("three thousand mebibytes go up and come down", .enabled(if: Soak.rounds != nil, "PENSTOCK_SOAK is not set"))
    func bigStream() async throws { try await BigStream.roundTrip(mebibytes: 3000) }
}

/// One dump during which somebody is killed.
private struct Crash {
    let place: Place
    let cluster: PostgresCluster
    let databases: [String]

    private func words(_ name: String) -> [String] {
        ["dump", "--to", place.container, "--name", name, "--compress", "none"] + databases.flatMap { ["-d", $0] }
    }

    func timeOfWholeDump() async throws -> Duration {
        try await ContinuousClock().measure {
            try await place.penstock(cluster).run(words("whole")).expecting()
        }
    }

    func run(_ victim: Victim, after moment: Duration) async throws {
        try await place.penstock(cluster).during(words("crashed")) { running in
            try await Task.sleep(for: moment)
            switch victim {
            case .pgDump:
                for child in try ProcessTable.children(of: running.id, named: "pg_dump") {
                    Glibc.kill(child.id, SIGKILL)
                }
                try await check(try await running.finish())
            case .penstock:
                running.send(SIGKILL)
                try await check(try await running.finish())
            case .server:
                place.server.running.send(SIGKILL)
                _ = try await place.server.running.finish()
                try await StoreServer.during(directory: place.store, port: place.server.port) { _ in
                    // The store is back before the retries are spent, so the dump goes on.
                    try await check(try await running.finish().expecting())
                }
            }
        }
    }

    private func check(_ finished: Finished) async throws {
        try await place.expectNothingLeft(in: databases, on: cluster)
        let points = try await place.expectNothingHalfDone(cluster)
        #expect(points.contains("whole"))
        if finished.status.isSuccess { #expect(points.contains("crashed")) }
        let next = try await place.penstock(cluster).run(words("next")).expecting()
        #expect(try await place.expectNothingHalfDone(cluster).contains("next"))
        let isVisible = try await place.blobs().keys.contains { $0.hasPrefix("crashed_") }
        let isOrphan = isVisible && !points.contains("crashed")
        #expect(next.errors.contains("`crashed`") == isOrphan, "\(next.errors)")
    }
}
