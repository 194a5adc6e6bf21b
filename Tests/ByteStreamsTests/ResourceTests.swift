import ByteStreams
import Synchronization
import TestSupport
import Testing

@Suite("A resource")
struct ResourceTests {
    private final class Journal: Sendable {
        let lines = Mutex<[String]>([])
        func note(_ line: String) { lines.withLock { $0.append(line) } }
    }

    @Test("is opened, used and released, in that order")
    func order() async throws {
        let journal = Journal()
        let answer = try await withResource(
            {
                journal.note("open")
                return 7
            }, release: { _ in journal.note("release") },
            body: { number in
                journal.note("body")
                return number + 1
            })
        #expect(answer == 8)
        #expect(journal.lines.withLock { $0 } == ["open", "body", "release"])
    }

    @Test("is released when the body throws, and the body's error goes first")
    func bodyThrows() async {
        let journal = Journal()
        await #expect(throws: BrokenSource.Broken()) {
            try await withResource(
                { 1 },
                release: { _ in
                    journal.note("release")
                    throw CancellationError()
                }, body: { _ in throw BrokenSource.Broken() })
        }
        #expect(journal.lines.withLock { $0 } == ["release"])
    }

    @Test("reports an error of the release alone")
    func releaseThrows() async {
        await #expect(throws: BrokenSource.Broken()) {
            try await withResource({ 1 }, release: { _ in throw BrokenSource.Broken() }, body: { _ in })
        }
    }

    @Test("is not released if it could not be opened")
    func openThrows() async {
        let journal = Journal()
        await #expect(throws: BrokenSource.Broken()) {
            try await withResource(
                { () async throws -> Int in throw BrokenSource.Broken() }, release: { _ in journal.note("release") },
                body: { _ in journal.note("body") })
        }
        #expect(journal.lines.withLock { $0 } == [])
    }

    @Test("is released to the end, undisturbed, when the task is cancelled")
    func cancelled() async throws {
        let journal = Journal()
        await #expect(throws: CancellationError.self) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.cancelAll()
                group.addTask {
                    try await withResource(
                        { 1 },
                        release: { _ in
                            try Task.checkCancellation()
                            await Task.yield()
                            try Task.checkCancellation()
                            journal.note("released")
                        }, body: { _ in try Task.checkCancellation() })
                }
                try await group.waitForAll()
            }
        }
        #expect(journal.lines.withLock { $0 } == ["released"])
    }
}
