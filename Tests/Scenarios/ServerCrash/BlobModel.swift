import CryptoDigests
import TestSupport

/// Bytes that two numbers say: a piece of noise that does not repeat within a mebibyte.
struct NoisePart: Sendable, Equatable {
    /// Where the noise begins to repeat itself; a prime, so that no block size divides it.
    private static let period = 1_048_573
    static let largest = 4 << 20

    private static let noise: [UInt8] = {
        var generator = SeededGenerator(seed: 1)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(period + largest)
        while bytes.count < period {
            let word = generator.next()
            for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
        }
        bytes.removeLast(bytes.count - period)
        while bytes.count < period + largest { bytes += bytes.prefix(period) }
        return bytes
    }()

    let start: Int
    let size: Int
    /// The block that holds it, if it was staged as one.
    var id: String?

    init(size: Int, id: String? = nil, using numbers: inout SeededGenerator) {
        start = .random(in: 0..<Self.period, using: &numbers)
        self.size = size
        self.id = id
    }

    var bytes: ArraySlice<UInt8> { Self.noise[start..<start + size] }
}

/// What a client knows of a blob of its own: as it is once everything that was acknowledged is done.
struct BlobModel: Sendable, Equatable {
    /// The blob, or one of its snapshots.
    struct State: Sendable, Equatable {
        var parts: [NoisePart]
        var metadata: [String: String] = [:]
        var tags: [String: String] = [:]
        /// `nil` where the answer that would have told it never came.
        var tag: String?

        var size: Int { parts.reduce(0) { $0 + $1.size } }

        var digest: [UInt8] {
            var digest = Digest(.sha256)
            for part in parts { digest.update(part.bytes.span) }
            return digest.finish()
        }

        /// The same with other content, metadata or tags, which give it a tag that nobody knows yet.
        func changed(_ change: (inout State) -> Void) -> State {
            var state = self
            change(&state)
            state.tag = nil
            return state
        }
    }

    /// Stands for the id of a snapshot whose making was not answered.
    static let unknownSnapshot = "?"

    var state: State?
    var snapshots: [String: State] = [:]
    /// Staged, but not committed yet; each has an id.
    var staged: [NoisePart] = []

    func with(_ change: (inout BlobModel) -> Void) -> BlobModel {
        var model = self
        change(&model)
        return model
    }

    /// Itself with what only the server could say, if that is what the server shows; `nil` if it is not.
    func completed(by seen: SeenBlob) -> BlobModel? {
        var model = self
        guard (state == nil) == (seen.state == nil), Set(seen.staged) == Set(staged.map(SeenBlob.Block.init)),
            seen.snapshots.count == snapshots.count
        else { return nil }
        if let state, let found = seen.state {
            guard found.shows(state) else { return nil }
            model.state?.tag = found.tag
        }
        var known = snapshots
        let unknown = known.removeValue(forKey: Self.unknownSnapshot)
        model.snapshots = [:]
        for (id, found) in seen.snapshots {
            guard var state = known[id] ?? unknown, found.shows(state) else { return nil }
            state.tag = found.tag
            model.snapshots[id] = state
        }
        guard known.keys.allSatisfy({ model.snapshots[$0] != nil }) else { return nil }
        return model
    }

    /// In few words, for a failure.
    var summary: String {
        let state = state.map {
            "\($0.size) bytes in \($0.parts.count) parts, \($0.metadata), \($0.tags), tag \($0.tag ?? "unknown")"
        }
        return "\(state ?? "no blob"); \(staged.count) staged; snapshots \(snapshots.keys.sorted())"
    }
}

/// What the server shows of a blob.
struct SeenBlob: Sendable, Equatable {
    struct Block: Sendable, Hashable {
        let id: String
        let size: Int

        init(id: String, size: Int) {
            self.id = id
            self.size = size
        }

        init(_ part: NoisePart) { self.init(id: part.id ?? "", size: part.size) }
    }

    struct State: Sendable, Equatable {
        var size: Int
        var digest: [UInt8]
        var blocks: [Block]
        var metadata: [String: String]
        var tags: [String: String]
        var tag: String

        /// True if it is that state, all of it.
        func shows(_ state: BlobModel.State) -> Bool {
            size == state.size && (state.tag == nil || tag == state.tag) && metadata == state.metadata
                && tags == state.tags && blocks == state.parts.filter { $0.id != nil }.map(Block.init)
                && digest == state.digest
        }
    }

    var state: State?
    var snapshots: [String: State] = [:]
    var staged: [Block] = []

    /// In few words, for a failure.
    var summary: String {
        let state = state.map {
            "\($0.size) bytes in \($0.blocks.count) blocks, \($0.metadata), \($0.tags), tag \($0.tag)"
        }
        return "\(state ?? "no blob"); \(staged.count) staged; snapshots \(snapshots.keys.sorted())"
    }
}
