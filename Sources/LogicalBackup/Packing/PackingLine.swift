import ByteStreams
import Compression
import Diagnostics
import PostgresFormats
import Synchronization
import SystemCalls

/// Threads that compress and frame pieces, in the order in which they come.
final class PackingLine: Sendable {
    /// `nil` leaves the data as it is.
    let method: PackingMethod?
    /// What stands around each deflate stream.
    let wrapper: StreamWrapper
    let budget: PackingBudget
    /// Where pieces get their memory.
    let pool: BlockPool
    private let queue = Monitor(Queue())

    private struct Queue: Sendable {
        var jobs: [PackingJob] = []
        var isClosed = false
    }

    private init(method: PackingMethod?, wrapper: StreamWrapper, budget: PackingBudget) {
        self.method = method
        self.wrapper = wrapper
        self.budget = budget
        pool = BlockPool(budget: budget.blocks)
    }

    /// Compresses while `body` runs.
    static func run<Output: Sendable>(
        method: PackingMethod?, wrapper: StreamWrapper = .zlib, budget: PackingBudget,
        _ body: @Sendable (PackingLine) async throws -> Output
    ) async throws -> Output {
        let line = PackingLine(method: method, wrapper: wrapper, budget: budget)
        let pool = ThreadPool(name: "packing", width: budget.threads)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<budget.threads { group.addTask { await pool.run { line.work() } } }
            defer { line.queue.update { $0.isClosed = true } }
            return try await body(line)
        }
    }

    /// How what it makes is compressed.
    var compression: ArchiveCompression { method?.compression ?? .none }

    func add(_ piece: Handover<ArchivePiece>) -> PackingJob {
        let job = PackingJob(piece)
        queue.updateForOne { $0.jobs.append(job) }
        return job
    }

    /// Compresses until the line is closed.
    private func work() {
        do throws(CompressionError) {
            switch method {
            case .deflate(let level): work(with: try PieceDeflater(level: level, wrapper: wrapper))
            case .zstd(let level): work(with: try ZstdFramer(level: level))
            case .lz4(let level): work(with: try LZ4Packer(level: level))
            case nil: while let job = nextJob() { job.run() }
            }
        } catch {
            while let job = nextJob() { job.fail(error) }
        }
    }

    private func work(with compressor: consuming some PartCompressor & ~Copyable) {
        while let job = nextJob() { job.run(by: &compressor) }
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

    fileprivate func run(by compressor: inout some PartCompressor & ~Copyable) {
        do throws(CompressionError) {
            end(.success(try PackedPiece(piece.take(), by: &compressor)))
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
