import Glibc
import Synchronization
import SystemCalls
import TestSupport
import Testing

@Suite("A server that is killed under load", .tags(.faults), .serialized)
struct ServerCrashSoakTests {
    @Test("has every acknowledged blob with its bytes, shows nothing in part, and its directory is sound")
    func killed() async throws {
        let rounds = Soak.rounds ?? 3
        print("seed \(Soak.seed): PENSTOCK_SEED repeats the requests and the moments")
        // On a disk, where a request spends its time between written and synchronised.
        try await withTemporaryDirectory { root in
            var crash = ServerCrash(directory: root + "/store", seed: Soak.seed)
            for round in 1...rounds { try await crash.round(round) }
            print(crash.summary(rounds: rounds))
            #expect(crash.counts.acknowledged > 20 * rounds, "the load was hardly any")
            #expect(crash.slowestStart < .seconds(5), "\(crash.slowestStart)")
        }
    }
}

/// One directory, served and killed again and again, and the clients that know what must be in it.
private struct ServerCrash {
    private static let clients = 8

    private let directory: String
    private var numbers: SeededGenerator
    private var clients: [CrashClient]
    private var port = "0"
    private(set) var slowestStart = Duration.zero

    init(directory: String, seed: UInt64) {
        self.directory = directory
        numbers = SeededGenerator(seed: seed)
        clients = (0..<Self.clients).map { CrashClient(number: $0, seed: seed) }
    }

    var counts: CrashClient.Counts {
        clients.reduce(into: CrashClient.Counts()) { sum, client in
            sum.requests += client.counts.requests
            sum.acknowledged += client.counts.acknowledged
            sum.doubtful += client.counts.doubtful
            sum.done += client.counts.done
        }
    }

    func summary(rounds: Int) -> String {
        "\(rounds) rounds: \(counts.requests) requests, \(counts.acknowledged) acknowledged, \(counts.doubtful) in doubt, "
            + "of which \(counts.done) were done; listening again within \(slowestStart)"
    }

    mutating func round(_ round: Int) async throws {
        let life = Duration.milliseconds(Int.random(in: 100..<2000, using: &numbers))
        clients = try await served { [clients] service, server in
            if round == 1 { try await service.createContainer() }
            return try await Self.work(clients, service, server, for: life)
        }
        // What the crash has left over is said, but is no damage.
        try await Penstock().run("serve", "--check", "--data", directory).expecting()
        clients = try await served { [clients] service, _ in try await Self.settle(clients, service, round) }
        let checked = try await Penstock().run("serve", "--check", "--data", directory).expecting()
        #expect(checked.lines.isEmpty, "after round \(round)")
    }

    /// Starts the server on the port it had, and stops it if it still runs at the end.
    private mutating func served<Output>(
        _ body: (BlobService, StoreServer) async throws -> Output
    ) async throws -> Output {
        let started = ContinuousClock.now
        var (took, port) = (Duration.zero, port)
        let output = try await StoreServer.during(directory: directory, port: port) { server in
            took = ContinuousClock.now - started
            port = server.port
            return try await body(BlobService(account: server.account, width: Self.clients), server)
        }
        slowestStart = max(slowestStart, took)
        self.port = port
        return output
    }

    /// Says whether a request that got no answer is one that the killing explains.
    private final class Life: Sendable {
        private let over = Mutex(false)

        var isOver: Bool { over.withLock { $0 } }
        func end() { over.withLock { $0 = true } }
    }

    /// Lets all clients work for that long, kills the server, and answers them with what they then know.
    private static func work(
        _ clients: [CrashClient], _ service: BlobService, _ server: StoreServer, for duration: Duration
    ) async throws -> [CrashClient] {
        let life = Life()
        return try await withThrowingTaskGroup(of: (Int, CrashClient).self) { group in
            for (number, client) in clients.enumerated() {
                group.addTask {
                    var client = client
                    do {
                        try await client.work(with: service)
                    } catch {
                        if !life.isOver { Issue.record("before the server was killed: \(error)") }
                    }
                    return (number, client)
                }
            }
            try await Task.sleep(for: duration)
            life.end()
            server.running.send(SIGKILL)
            _ = try await server.running.finish()
            return try await group.reduce(into: clients) { $0[$1.0] = $1.1 }
        }
    }

    /// Compares every blob, snapshot and staged block with the journals, and the listing with them.
    private static func settle(
        _ clients: [CrashClient], _ service: BlobService, _ round: Int
    ) async throws -> [CrashClient] {
        let listed = Dictionary(grouping: try await service.list(), by: \.name)
        let names = Set(clients.flatMap(\.names))
        #expect(listed.keys.allSatisfy { names.contains($0) }, "a blob that nobody wrote, after round \(round)")
        return try await withThrowingTaskGroup(of: (Int, CrashClient).self) { group in
            for (number, client) in clients.enumerated() {
                group.addTask {
                    var client = client
                    for name in client.names {
                        let entries = listed[name] ?? []
                        let seen = try await service.look(at: name, snapshots: entries.compactMap(\.snapshot))
                        if let wrong = client.settle(name, seen) { Issue.record("round \(round): \(wrong)") }
                        #expect(Self.agree(entries, seen), "the listing of \(name), round \(round): \(entries)")
                    }
                    return (number, client)
                }
            }
            return try await group.reduce(into: clients) { $0[$1.0] = $1.1 }
        }
    }

    /// True if a listing shows what reading shows.
    private static func agree(_ entries: [BlobService.Entry], _ seen: SeenBlob) -> Bool {
        let current = entries.filter { $0.snapshot == nil }
        guard current.count == (seen.state != nil || !seen.staged.isEmpty ? 1 : 0) else { return false }
        return entries.allSatisfy { entry in
            let state = entry.snapshot.map { seen.snapshots[$0] } ?? seen.state
            guard let state else { return entry.tag == nil && entry.snapshot == nil }
            return entry.size == state.size && entry.tag == state.tag && entry.metadata == state.metadata
                && entry.tags == state.tags
        }
    }
}
