import ByteStreams
import Synchronization
import TestSupport
import Testing

@Suite("Work with a time of grace", .timeLimit(.minutes(5)))
struct GraceTests {
    /// Runs until it is cancelled.
    private static func endless() async -> String {
        let (stream, _) = AsyncStream<Void>.makeStream()
        for await _ in stream {}
        return Task.isCancelled ? "cancelled" : "ended"
    }

    @Test("answers as if there were none while nobody is cancelled")
    func plain() async {
        #expect(await withGrace(.zero, on: ManualClock()) { Task.isCancelled } == false)
    }

    @Test("goes on when its caller is cancelled, and is cancelled when the time is over", arguments: [false, true])
    func over(isCancelledBefore: Bool) async throws {
        let clock = ManualClock()
        let task = Task {
            while isCancelledBefore, !Task.isCancelled { await Task.yield() }
            return await withGrace(.seconds(5), on: clock) { await Self.endless() }
        }
        task.cancel()
        try await clock.sleepers(1)
        clock.advance(by: .seconds(4))
        try await clock.sleepers(1)
        clock.advance(by: .seconds(1))
        #expect(await task.value == "cancelled")
    }

    @Test("comes to its own end within the time, undisturbed, and nobody sleeps on")
    func inTime() async throws {
        let clock = ManualClock()
        let (stream, end) = AsyncStream<Void>.makeStream()
        let task = Task {
            await withGrace(.seconds(5), on: clock) {
                for await _ in stream {}
                return Task.isCancelled
            }
        }
        task.cancel()
        try await clock.sleepers(1)
        end.finish()
        #expect(await task.value == false)
        try await clock.sleepers(0)
    }

    @Test("is cancelled when something happens, and what it waited for when it ends itself")
    func event() async {
        #expect(await withCancellation(once: {}, { await Self.endless() }) == "cancelled")
        let seen = Mutex("")
        let answer = await withCancellation(once: {
            let end = await Self.endless()
            seen.withLock { $0 = end }
        }) { 7 }
        #expect(answer == 7)
        #expect(seen.withLock { $0 } == "cancelled")
    }
}
