import Glibc
public import HTTPMessages
import Synchronization
import SystemCalls

/// A TCP connection that sends exactly the bytes it is told to, for talking to a server as no client library would.
///
/// Every wait ends with a ``RawConnectionError`` after 20 seconds, so that a server that says nothing fails a test.
public final class RawConnection: Sendable {
    private static let threads = ThreadPool(name: "raw-client", width: 64)

    private let descriptor: Descriptor
    private let received = Mutex<[UInt8]>([])

    public init(port: Int) throws {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number != -1 else { throw RawConnectionError(what: "no socket") }
        descriptor = Descriptor(owning: number)
        var wait = timeval(tv_sec: 20, tv_usec: 0)
        unsafe setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        unsafe setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe connect(
                number, UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self),
                socklen_t(MemoryLayout<sockaddr_in>.size))
        }
        guard connected == 0 else { throw RawConnectionError(what: "no connection, errno \(errno)") }
    }

    /// Sends bytes; a peer that has closed is an error, not a signal.
    public func send(_ bytes: [UInt8]) async throws {
        try await Self.threads.run {
            var done = 0
            while done < bytes.count {
                let count = unsafe bytes[done...].withUnsafeBytes {
                    unsafe Glibc.send(self.descriptor.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { throw RawConnectionError(what: "send failed, errno \(errno)") }
                done += count
            }
        }
    }

    public func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// Says that nothing more will be sent.
    public func endSending() { _ = shutdown(descriptor.number, Int32(SHUT_WR)) }

    /// Resets the connection: the peer sees an error at once.
    public func abort() {
        var nowhere = sockaddr()
        nowhere.sa_family = sa_family_t(AF_UNSPEC)
        unsafe connect(descriptor.number, &nowhere, socklen_t(MemoryLayout<sockaddr>.size))
    }

    /// The next `count` bytes, fewer if the peer closes before.
    public func bytes(_ count: Int) async throws -> [UInt8] {
        while received.withLock({ $0.count }) < count, try await receive() {}
        return take(count)
    }

    /// Everything up to the end of the connection.
    public func rest() async throws -> [UInt8] {
        while try await receive() {}
        return take(.max)
    }

    /// The next answer's head: the status line and the fields up to the empty line.
    public func head() async throws -> (status: Int, fields: HTTPFields) {
        let mark = Array("\r\n\r\n".utf8)
        while true {
            let end = received.withLock { bytes in bytes.firstRange(of: mark)?.upperBound }
            if let end { return try Self.parse(String(decoding: take(end), as: UTF8.self)) }
            guard try await receive() else { throw RawConnectionError(what: "closed before a whole head") }
        }
    }

    /// The next answer with its body.
    ///
    /// - Parameter hasBody: False for the answer to HEAD, whose length is not that of a body.
    public func response(hasBody: Bool = true) async throws -> HTTPResponse {
        let (status, fields) = try await head()
        guard hasBody, status != 304, status != 204 else { return HTTPResponse(status: status, fields: fields) }
        if fields["Transfer-Encoding"]?.lowercased() == "chunked" {
            return HTTPResponse(status: status, fields: fields, body: try await chunks())
        }
        let length = fields["Content-Length"].flatMap { Int($0) } ?? 0
        let body = try await bytes(length)
        guard body.count == length else { throw RawConnectionError(what: "\(body.count) of \(length) bytes came") }
        return HTTPResponse(status: status, fields: fields, body: body)
    }

    private func chunks() async throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let line = try await line()
            guard let size = Int(line, radix: 16) else { throw RawConnectionError(what: "no chunk size: \(line)") }
            let chunk = try await bytes(size + 2)
            guard chunk.count == size + 2 else { throw RawConnectionError(what: "closed in a chunk") }
            guard size > 0 else { return body }
            body += chunk.dropLast(2)
        }
    }

    private func line() async throws -> String {
        while true {
            let end = received.withLock { bytes in bytes.firstIndex(of: 10) }
            if let end { return String(decoding: take(end + 1).dropLast(2), as: UTF8.self) }
            guard try await receive() else { throw RawConnectionError(what: "closed in a line") }
        }
    }

    /// Receives some bytes; false at the end of the connection, a reset included.
    private func receive() async throws -> Bool {
        try await Self.threads.run {
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            let count = unsafe recv(self.descriptor.number, &buffer, buffer.count, 0)
            guard count > 0 else {
                guard count == 0 || errno == ECONNRESET else { throw RawConnectionError(what: "nothing came") }
                return false
            }
            self.received.withLock { $0 += buffer[..<count] }
            return true
        }
    }

    private func take(_ count: Int) -> [UInt8] {
        received.withLock { bytes in
            let taken = Array(bytes.prefix(count))
            bytes.removeFirst(taken.count)
            return taken
        }
    }

    private static func parse(_ head: String) throws -> (Int, HTTPFields) {
        let lines = head.split(separator: "\r\n")
        guard let first = lines.first, let status = Int(first.split(separator: " ").dropFirst().first ?? "") else {
            throw RawConnectionError(what: "no status line: \(head)")
        }
        var fields: HTTPFields = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw RawConnectionError(what: "no header field: \(line)") }
            fields.append(String(parts[0]), String(parts[1].drop { $0 == " " }))
        }
        return (status, fields)
    }
}

public struct RawConnectionError: Error, Equatable {
    public let what: String
}
