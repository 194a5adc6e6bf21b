import Synchronization

/// Numbers for new pieces, taken from runs that the index has reserved for this process.
///
/// A number is reserved before its file is made, so that after a crash the files nobody knows are found without looking
/// through all of them. A run is given back when each of its numbers is settled: recorded in the index, or its file gone.
final class PieceNumbers: Sendable {
    /// How many numbers are reserved at once: a transaction for that many blocks, and that many look-ups after a crash.
    static let run = 256
    private let runs = Mutex<[Run]>([])

    private struct Run {
        let first: Int
        var taken = 0
        var settled = 0
    }

    func add(first: Int) { runs.withLock { $0.append(Run(first: first)) } }

    /// The next number, or `nil` if a run must be reserved.
    func take() -> Int? {
        runs.withLock { runs in
            guard let index = runs.firstIndex(where: { $0.taken < Self.run }) else { return nil }
            defer { runs[index].taken += 1 }
            return runs[index].first + runs[index].taken
        }
    }

    /// True if every number that was taken is settled.
    var allSettled: Bool { runs.withLock { $0.allSatisfy { $0.settled == $0.taken } } }

    /// Says that a number is settled, and answers the first number of a run that is done with.
    func settle(_ number: Int) -> Int? {
        runs.withLock { runs in
            guard let index = runs.firstIndex(where: { ($0.first..<$0.first + Self.run).contains(number) }) else {
                return nil
            }
            runs[index].settled += 1
            guard runs[index].settled == Self.run else { return nil }
            return runs.remove(at: index).first
        }
    }
}
