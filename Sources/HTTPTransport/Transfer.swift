import Glibc
import HTTPMessages

/// One conversation as libcurl's callbacks see it.
@safe struct Transfer {
    /// What is left to send.
    var unsent: UnsafeBufferPointer<UInt8>
    /// Where the body of a success goes, if not into `collected`.
    let buffer: UnsafeMutableBufferPointer<UInt8>?
    /// The most bytes of `collected`.
    let limit: Int

    private(set) var status = 0
    private(set) var fields = HTTPFields()
    private(set) var collected: [UInt8] = []
    /// Bytes in `buffer`.
    private(set) var filled = 0
    private(set) var failure: HTTPFailure.Kind?
    /// When bytes last went in either direction.
    private(set) var lastActivity = ContinuousClock.now
    /// True once the header of an answer has ended in an empty line.
    private(set) var hasWholeHeader = false
    private var headerBytes = 0
    private var requests = 0

    /// True once a request was about to go out: from then on it may have been carried out.
    var hasBegun: Bool { requests > 0 }

    init(unsent: UnsafeBufferPointer<UInt8>, buffer: UnsafeMutableBufferPointer<UInt8>?, limit: Int) {
        unsafe self.unsent = unsafe unsent
        unsafe self.buffer = unsafe buffer
        self.limit = limit
    }

    /// More than the service ever sends: 256 KiB.
    private static let headerLimit = 256 << 10

    /// Hands over the next bytes to send; 0 at the end.
    mutating func read(into memory: UnsafeMutableRawPointer, room: Int) -> Int {
        lastActivity = .now
        let count = min(room, unsafe unsent.count)
        guard count > 0, let start = unsafe unsent.baseAddress else { return 0 }
        unsafe memory.copyMemory(from: start, byteCount: count)
        unsafe unsent = unsafe UnsafeBufferPointer(rebasing: unsent[count...])
        return count
    }

    /// Takes bytes of the body; answers another number than it was given to end the conversation.
    mutating func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        lastActivity = .now
        if let buffer = unsafe buffer, (200..<300).contains(status) {
            guard bytes.count <= buffer.count - filled else { return end(.bodyTooLarge, bytes.count) }
            unsafe UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                .copyMemory(from: bytes)
            filled += bytes.count
        } else {
            guard bytes.count <= limit - collected.count else { return end(.bodyTooLarge, bytes.count) }
            unsafe collected.append(contentsOf: bytes)
        }
        return bytes.count
    }

    /// Takes one line of a header; a status line begins a new one, since a 100 may go before.
    mutating func header(_ bytes: UnsafeRawBufferPointer) -> Int {
        lastActivity = .now
        headerBytes += bytes.count
        guard headerBytes <= Self.headerLimit else { return end(.malformed, bytes.count) }
        let line = unsafe String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            fields = HTTPFields()
            hasWholeHeader = false
            status = line.split(separator: " ").dropFirst().first.flatMap { Int($0.prefix(3)) } ?? 0
        } else if let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) {
            let isSpace: (Character) -> Bool = { $0.isWhitespace }
            let value = line[line.index(after: colon)...].drop(while: isSpace).reversed().drop(while: isSpace)
            fields.append(String(line[..<colon]), String(value.reversed()))
        } else if line.utf8.allSatisfy({ $0 == 0x0D || $0 == 0x0A }) {
            hasWholeHeader = true
        }
        return bytes.count
    }

    /// Called when a request is about to go out; false to end the conversation.
    ///
    /// libcurl sends a request again by itself when a reused connection ends without an answer. Whether the first one was
    /// carried out is not known then, so that must be for the caller to decide. Where some of a body went out before,
    /// libcurl does not even come here: it cannot go back in the body, since it is given no way to.
    mutating func mayBegin() -> Bool {
        lastActivity = .now
        requests += 1
        guard requests > 1 else { return true }
        failure = .broken
        return false
    }

    private mutating func end(_ kind: HTTPFailure.Kind, _ count: Int) -> Int {
        failure = kind
        return count == 0 ? 1 : 0
    }
}
