import BlobStorage
import Compression
import PostgresFormats
import Synchronization

/// Where the source of a stretch leaves what is known of it once it has passed.
final class StretchRecord: Sendable {
    struct Facts: Sendable {
        let parts: [StretchPart]
        /// The check value of the stream that is open at the end.
        let sum: StreamSum
        /// Bytes of data before they were compressed.
        let rawSizes: [DumpID: Int]
    }

    private let state = Mutex<Facts?>(nil)

    func set(_ facts: Facts) { state.withLock { $0 = facts } }

    var facts: Facts {
        guard let facts = state.withLock({ $0 }) else {
            preconditionFailure("the facts are asked for after the source has ended well")
        }
        return facts
    }
}

/// A stretch whose blocks are staged.
struct StagedStretch: Sendable {
    let run: StagedRun
    let facts: StretchRecord.Facts
}

/// The stretches of a dump: which are to be made next, and which are made.
final class StretchBoard: Sendable {
    private struct State {
        var next = 0
        var staged: [Int: StagedStretch] = [:]
        var postponed: [Int] = []
    }

    private let order: [Int]
    private let state = Mutex(State())

    init(_ order: [Int]) { self.order = order }

    /// The next that nobody makes yet.
    func take() -> Int? {
        state.withLock { state in
            guard state.next < order.count else { return nil }
            defer { state.next += 1 }
            return order[state.next]
        }
    }

    func set(_ staged: StagedStretch, at index: Int) { state.withLock { $0.staged[index] = staged } }

    func postpone(_ index: Int) { state.withLock { $0.postponed.append(index) } }

    var staged: [Int: StagedStretch] { state.withLock { $0.staged } }
    /// Those that wait for the session that holds the locks.
    var postponed: [Int] { state.withLock { $0.postponed } }
}
