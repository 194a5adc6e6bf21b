/// Cuts bytes into lines as they arrive.
struct LineSplitter: Sendable {
    /// A longer line comes in pieces of this many bytes.
    private let limit: Int
    private var line: [UInt8] = []

    init(limit: Int) { self.limit = limit }

    /// The lines that `bytes` end, without their line breaks.
    mutating func append(_ bytes: some Sequence<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                lines.append(takeLine())
            } else {
                line.append(byte)
                if line.count == limit { lines.append(takeLine()) }
            }
        }
        return lines
    }

    /// What came after the last line break, or `nil` if that is nothing.
    mutating func finish() -> String? { line.isEmpty ? nil : takeLine() }

    private mutating func takeLine() -> String {
        defer { line.removeAll(keepingCapacity: true) }
        let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line[...]
        return String(decoding: text, as: UTF8.self)
    }
}
