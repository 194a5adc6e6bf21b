/// The beginning and the end of a text of any length.
struct BoundedText: Sendable {
    /// The most bytes kept of the beginning, and of the end.
    private let limit: Int
    private var head: [UInt8] = []
    private var tail: [UInt8] = []
    private var dropped = 0

    init(limit: Int) { self.limit = limit }

    mutating func append(_ bytes: some Collection<UInt8>) {
        let first = bytes.prefix(limit - head.count)
        head += first
        tail += bytes.dropFirst(first.count)
        // In big steps, so that many short messages do not move the same bytes again and again.
        guard tail.count > 2 * limit else { return }
        dropped += tail.count - limit
        tail.removeFirst(tail.count - limit)
    }

    /// What was kept, with a line in the middle that says how much was not.
    var text: String {
        let rest = tail.suffix(limit)
        let left = dropped + tail.count - rest.count
        let beginning = String(decoding: left == 0 ? head + rest : head, as: UTF8.self)
        return left == 0
            ? beginning : beginning + "\n[\(left) bytes left out]\n" + String(decoding: rest, as: UTF8.self)
    }
}
