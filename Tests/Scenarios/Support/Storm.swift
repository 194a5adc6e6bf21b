import Glibc
import Synchronization
import TestSupport

/// A server that is killed and restarted on its port again and again.
struct Storm: Sendable {
    let directory: String
    let port: String
    /// How long each server lives before it is killed; the one after the last of them stays.
    let lives: [Duration]

    private let deaths = Deaths()

    init(directory: String, port: String, lives: [Duration]) {
        self.directory = directory
        self.port = port
        self.lives = lives
    }

    /// How often the server was killed so far.
    var count: Int { deaths.count.withLock { $0 } }

    private final class Deaths: Sendable {
        let count = Mutex(0)
    }

    /// Lets it storm for as long as `body` runs.
    func during<Output: Sendable>(_ body: @escaping @Sendable () async throws -> Output) async throws -> Output {
        try await withThrowingTaskGroup(of: Output?.self) { group in
            group.addTask {
                try await rage()
                return nil
            }
            group.addTask { try await body() }
            while let ended = try await group.next() {
                guard let output = ended else { continue }
                group.cancelAll()
                return output
            }
            throw CancellationError()
        }
    }

    private func rage() async throws {
        for life in lives {
            try await StoreServer.during(directory: directory, port: port) { server in
                try await Task.sleep(for: life)
                server.running.send(SIGKILL)
                _ = try await server.running.finish()
                deaths.count.withLock { $0 += 1 }
            }
        }
        try await StoreServer.during(directory: directory, port: port) { _ in
            while !Task.isCancelled { try await Task.sleep(for: .seconds(1)) }
        }
    }
}
