import ByteStreams
import Compression
import Diagnostics
import PostgresFormats
import Synchronization
import SystemCalls

/// Threads that compress and frame pieces, in the order in which they come.
final class PackingLine: Sendable {
    /// `nil` leaves the data as it is.
    let level: DeflateLevel?
    /// What stands around each stream that is compressed.
    let wrapper: StreamWrapper
    let budget: PackingBudget
    /// Where pieces get their memory.
    let pool: BlockPool
    private let queue = Monitor(Queue())

    private struct Queue: Sendable {
        var jobs: [PackingJob] = []
        var isClosed = false
    }

    private init(level: DeflateLevel?, wrapper: StreamWrapper, budget: PackingBudget) {
        self.level = level
        self.wrapper = wrapper
        self.budget = budget
        pool = BlockPool(budget: budget.blocks)
    }

    /// Compresses while `body` runs.
    static func run<Output: Sendable>(
        level: DeflateLevel?, wrapper: StreamWrapper = .zlib, budget: PackingBudget,
        _ body: @Sendable (PackingLine) async throws -> Output
    ) async throws -> Output {
        let line = PackingLine(level: level, wrapper: wrapper, budget: budget)
        let pool = ThreadPool(name: "packing", width: budget.threads)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<budget.threads { group.addTask { await pool.run { line.work() } } }
            defer { line.queue.update { $0.isClosed = true } }
            return try await body(line)
        }
    }

    /// How what it makes is compressed.
    var compression: ArchiveCompression { level.map { .zlib(level: $0.number) } ?? .none }

    func add(_ piece: Handover<ArchivePiece>) -> PackingJob {
        let job = PackingJob(piece)
        queue.updateForOne { $0.jobs.append(job) }
        return job
    }

    /// Compresses until the line is closed.
    private func work() {
        guard let level else {
            while let job = nextJob() { job.run() }
            return
        }
        do throws(CompressionError) {
            var deflater = try PieceDeflater(level: level)
            while let job = nextJob() { job.run(level: level, wrapper: wrapper, by: &deflater) }
        } catch {
            while let job = nextJob() { job.fail(error) }
        }
    }

    /// Waits for the next job; `nil` once the line is closed.
    private func nextJob() -> PackingJob? {
        queue.wait { queue -> PackingJob?? in
            if queue.isClosed { return .some(nil) }
            guard !queue.jobs.isEmpty else { return .none }
            return .some(queue.jobs.removeFirst())
        }
    }
}

/// A piece that is to be compressed, and what came of it.
final class PackingJob: Sendable {
    private let piece: Handover<ArchivePiece>
    private let state = Mutex(State.waiting)

    private enum State {
        case waiting
        case awaited(CheckedContinuation<PackedPiece, any Error>)
        case done(Result<PackedPiece, any Error>)
    }

    fileprivate init(_ piece: Handover<ArchivePiece>) { self.piece = piece }

    /// The compressed piece; asked for once, by one task.
    func output() async throws -> PackedPiece {
        try await withCheckedThrowingContinuation { continuation in
            let result = state.withLock { state -> Result<PackedPiece, any Error>? in
                if case .done(let result) = state { return result }
                state = .awaited(continuation)
                return nil
            }
            if let result { continuation.resume(with: result) }
        }
    }

    /// Frames the piece, and leaves its data as it is.
    fileprivate func run() { end(.success(PackedPiece(framing: piece.take()))) }

    fileprivate func run(level: DeflateLevel, wrapper: StreamWrapper, by deflater: inout PieceDeflater) {
        do throws(CompressionError) {
            end(.success(try PackedPiece(piece.take(), level: level, wrapper: wrapper, by: &deflater)))
        } catch {
            fail(error)
        }
    }

    fileprivate func fail(_ error: CompressionError) { end(.failure(error)) }

    private func end(_ result: Result<PackedPiece, any Error>) {
        let waiting = state.withLock { state -> CheckedContinuation<PackedPiece, any Error>? in
            defer { state = .done(result) }
            if case .awaited(let continuation) = state { return continuation }
            return nil
        }
        waiting?.resume(with: result)
    }
}
