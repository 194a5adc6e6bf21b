/// Memory that somebody else lends to be filled.
@safe struct Room: @unchecked Sendable {
    // Sendable because it is filled by one side at a time, which the lock of its exchange decides.
    private let start: UnsafeMutablePointer<UInt8>?
    let capacity: Int
    private(set) var filled = 0

    init() {
        unsafe start = nil
        capacity = 0
    }

    @unsafe init(_ start: UnsafeMutablePointer<UInt8>?, capacity: Int) {
        unsafe self.start = unsafe start
        self.capacity = capacity
    }

    var isFull: Bool { filled == capacity }

    var left: Int { capacity - filled }

    /// What is not filled yet, up to `limit`; whoever writes there says so by `skip`.
    @unsafe func free(_ limit: Int) -> UnsafeMutableBufferPointer<UInt8> {
        let buffer = unsafe UnsafeMutableBufferPointer(start: start, count: capacity)
        return unsafe UnsafeMutableBufferPointer(rebasing: buffer[filled...].prefix(limit))
    }

    mutating func skip(_ count: Int) { filled += count }

    /// True if `other` is the same memory.
    func isSame(as other: Room) -> Bool { unsafe start == other.start && capacity == other.capacity }

    /// Copies as much as fits, and answers how much that was.
    mutating func fill(_ bytes: Span<UInt8>) -> Int {
        let count = min(bytes.count, capacity - filled)
        unsafe bytes.withUnsafeBufferPointer { source in
            guard let target = unsafe start, let from = source.baseAddress else { return }
            unsafe (target + filled).initialize(from: from, count: count)
        }
        filled += count
        return count
    }
}
