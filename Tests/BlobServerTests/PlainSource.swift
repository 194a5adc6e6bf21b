import HTTPMessages
import SystemCalls
import TestSupport

/// A web server with one file, which goes wrong as a test tells it to.
final class PlainSource: Sendable {
    /// What becomes of a request, by its number from 0 on.
    enum Fate: Sendable {
        case good
        /// The connection ends in the middle of the body.
        case cut
        case status(Int, [String])
        /// The file is another by now.
        case changed
        /// Waits until ``release()``.
        case held
        /// The same, but only for what is behind the first piece.
        case heldLater
        /// As if there were no ranges.
        case whole
        /// One byte, of as many as it says.
        case claims(Int)
    }

    /// Two pieces of 4 MiB, and a little.
    static let bytes = (0..<(9 << 20)).map { UInt8(truncatingIfNeeded: $0 % 251) }

    private let server: ScriptedServer
    private let isReleased: Monitor<Bool>
    private let asked = Monitor<[String]>([])

    init(
        _ bytes: [UInt8] = PlainSource.bytes, headers: [String] = ["ETag: \"one\"", "Content-Type: text/x-plain"],
        _ fate: @escaping @Sendable (Int) -> Fate = { _ in .good }
    ) throws {
        let count = Monitor(0)
        let isReleased = Monitor(false)
        self.isReleased = isReleased
        server = try ScriptedServer { [asked] connection in
            while let request = try connection.request() {
                asked.update { $0.append(request.header("Range") ?? "") }
                var number = 0
                count.update { count in
                    number = count
                    count += 1
                }
                try Self.answer(request, fate(number), bytes, headers, isReleased, connection)
            }
        }
    }

    var url: String { "http://127.0.0.1:\(server.port)/file" }
    var requests: Int { server.requests }
    /// The ranges that were asked for, in order.
    var ranges: [String] { asked.update { $0 } }

    func release() { isReleased.update { $0 = true } }

    private static func answer(
        _ request: ScriptedRequest, _ fate: Fate, _ bytes: [UInt8], _ headers: [String], _ isReleased: Monitor<Bool>,
        _ connection: ScriptedConnection
    ) throws {
        var lines = headers
        let wanted = request.header("Range").flatMap { ByteRange(header: $0) }
        switch fate {
        case .status(let status, let more): return try connection.answer(status, headers: more)
        case .changed: lines = lines.map { $0.replacing("one", with: "two") }
        case .held: isReleased.wait { $0 ? () : nil }
        case .heldLater: if wanted?.start != 0 { isReleased.wait { $0 ? () : nil } }
        case .claims(let total):
            let start = wanted?.start ?? 0
            lines += ["Content-Length: 1", "Content-Range: bytes \(start)-\(start)/\(total)"]
            return try connection.send("HTTP/1.1 206 Partial\r\n\(lines.joined(separator: "\r\n"))\r\n\r\nx")
        case .good, .cut, .whole: break
        }
        guard let range = wanted?.clipped(to: bytes.count), !bytes.isEmpty, !isWhole(fate) else {
            guard wanted == nil || isWhole(fate) else { return try connection.answer(416) }
            lines = ["HTTP/1.1 200 OK", "Content-Length: \(bytes.count)"] + lines
            try connection.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
            return try connection.send(bytes)
        }
        lines.append("Content-Length: \(range.count)")
        lines.append("Content-Range: " + ContentRange(bytes: range, total: bytes.count).header)
        try connection.send("HTTP/1.1 206 Partial\r\n\(lines.joined(separator: "\r\n"))\r\n\r\n")
        guard !isCut(fate) else {
            try connection.send(Array(bytes[range].prefix(range.count / 2)))
            connection.reset()
            throw Cut()
        }
        try connection.send(Array(bytes[range]))
    }

    private struct Cut: Error {}

    private static func isWhole(_ fate: Fate) -> Bool { if case .whole = fate { true } else { false } }
    private static func isCut(_ fate: Fate) -> Bool { if case .cut = fate { true } else { false } }
}
