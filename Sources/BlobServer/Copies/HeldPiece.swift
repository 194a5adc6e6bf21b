import Synchronization

/// The first piece of a source, which came with what is known of it; let go when it is read.
final class HeldPiece: Sendable {
    private let start: Int
    private let bytes: Mutex<[UInt8]>

    init(_ bytes: [UInt8], at start: Int) {
        self.start = start
        self.bytes = Mutex(bytes)
    }

    /// The bytes of the range if all of them are here; whatever is, is so once.
    func take(_ range: Range<Int>) -> [UInt8]? {
        let bytes = bytes.withLock { bytes in
            defer { bytes = [] }
            return bytes
        }
        guard range.lowerBound >= start, range.upperBound <= start + bytes.count else { return nil }
        return range == start..<start + bytes.count
            ? bytes : Array(bytes[range.lowerBound - start..<range.upperBound - start])
    }
}
