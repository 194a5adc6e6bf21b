import Glibc
import Synchronization
import SystemCalls

/// A server on a free port of this machine that answers byte by byte what a test tells it to.
///
/// Every connection runs the script on a thread of its own; it is closed when the script returns.
public final class ScriptedServer: Sendable {
    public let port: Int
    private let listener: Int32
    private let counts = Mutex((connections: 0, requests: 0))
    private let isListening = Mutex(true)

    public init(_ script: @escaping @Sendable (ScriptedConnection) throws -> Void) throws {
        listener = try Self.check("socket", socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        port = try Self.open(listener, &address)
        let listener = listener
        // The server lives as long as a test holds it; the thread ends when it lets go and the listener closes.
        try Thread.start(name: "scripted server") { [weak self] in
            while true {
                let accepted = accept(listener, nil, nil)
                guard accepted >= 0 else { break }
                guard let self else {
                    close(accepted)
                    break
                }
                serve(accepted, script)
            }
            close(listener)
        }
    }

    deinit { stopListening() }

    /// Refuses connections from now on; those there are go on.
    public func stopListening() {
        isListening.withLock { isListening in
            // The number may belong to somebody else once the thread has closed the listener.
            if isListening { shutdown(listener, Int32(SHUT_RDWR)) }
            isListening = false
        }
    }

    /// Connections accepted so far.
    public var connections: Int { counts.withLock { $0.connections } }
    /// Requests read so far.
    public var requests: Int { counts.withLock { $0.requests } }

    private func serve(_ socket: Int32, _ script: @escaping @Sendable (ScriptedConnection) throws -> Void) {
        counts.withLock { $0.connections += 1 }
        let connection = ScriptedConnection(socket: socket) { [weak self] in self?.counts.withLock { $0.requests += 1 }
        }
        do {
            try Thread.start(name: "scripted peer") {
                // A script that fails closes its connection; the client's failure is what the test looks at.
                try? script(connection)
                connection.end()
            }
        } catch {
            connection.end()
        }
    }

    private static func open(_ listener: Int32, _ address: inout sockaddr_in) throws -> Int {
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try unsafe withUnsafeMutablePointer(to: &address) { pointer in
            try unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                _ = try check("bind", unsafe bind(listener, generic, length))
                _ = try check("listen", listen(listener, 64))
                _ = try check("getsockname", unsafe getsockname(listener, generic, &length))
            }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private static func check(_ call: String, _ value: Int32) throws -> Int32 {
        guard value >= 0 else { throw SystemError(call: call, number: errno) }
        return value
    }
}

/// One request as it came over the wire.
public struct ScriptedRequest: Sendable {
    /// The request line and the header lines, as they were.
    public let lines: [String]
    public let body: [UInt8]

    /// Method, target and version.
    public var line: String { lines.first ?? "" }

    /// The value of the header of that name, compared without regard to case.
    public func header(_ name: String) -> String? {
        let prefix = name.lowercased() + ":"
        let line = lines.dropFirst().first { $0.lowercased().hasPrefix(prefix) }
        return line.map { String($0.dropFirst(prefix.utf8.count).drop { $0 == " " }) }
    }
}

/// A connection of a ``ScriptedServer``, used by its script alone.
public final class ScriptedConnection: Sendable {
    private let socket: Int32
    private let count: @Sendable () -> Void

    init(socket: Int32, count: @escaping @Sendable () -> Void) {
        self.socket = socket
        self.count = count
    }

    /// The next request with its body, or `nil` once the client has closed.
    public func request() throws -> ScriptedRequest? {
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual([13, 10, 13, 10]) {
            guard let byte = try receive(atMost: 1).first else { return nil }
            head.append(byte)
        }
        count()
        let lines = String(decoding: head.dropLast(4), as: UTF8.self).split(separator: "\r\n").map(String.init)
        let length = Int(ScriptedRequest(lines: lines, body: []).header("Content-Length") ?? "") ?? 0
        var body: [UInt8] = []
        while body.count < length {
            let piece = try receive(atMost: min(length - body.count, 1 << 20))
            guard !piece.isEmpty else { return nil }
            body += piece
        }
        return ScriptedRequest(lines: lines, body: body)
    }

    /// Sends text as it is.
    public func send(_ text: String) throws { try send(Array(text.utf8)) }

    public func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { throw SystemError(call: "send", number: errno) }
            rest = rest.dropFirst(sent)
        }
    }

    /// Sends an answer with a body and its length.
    public func answer(_ status: Int, headers: [String] = [], _ body: String = "") throws {
        let lines = ["HTTP/1.1 \(status) Answer", "Content-Length: \(body.utf8.count)"] + headers
        try send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    /// Waits until the client closes, taking whatever it sends.
    public func waitForClose() throws { while try !receive(atMost: 4096).isEmpty {} }

    /// Takes `count` bytes without looking at them; false if the client closed before.
    public func discard(_ count: Int) throws -> Bool {
        var left = count
        while left > 0 {
            let got = recv(socket, nil, min(left, 1 << 20), Int32(MSG_TRUNC))
            guard got > 0 else { return false }
            left -= got
        }
        return true
    }

    /// Hands on all bytes between the client and a port of this machine until both sides have ended.
    public func relay(toPort port: Int) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        try relay(to: address, family: AF_INET)
    }

    /// Hands on all bytes between the client and a socket of the file system until both sides have ended.
    public func relay(toSocket path: String) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < capacity else { throw SystemError(call: "connect", number: ENAMETOOLONG) }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        try relay(to: address, family: AF_UNIX)
    }

    private func relay<Address>(to address: Address, family: Int32) throws {
        let other = Glibc.socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard other >= 0 else { throw SystemError(call: "socket", number: errno) }
        defer { close(other) }
        var address = address
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe connect(
                other, UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self),
                socklen_t(MemoryLayout<Address>.size))
        }
        guard connected == 0 else { throw SystemError(call: "connect", number: errno) }
        let client = socket
        let isBack = Monitor(false)
        try Thread.start(name: "relay back") {
            Self.pump(from: other, to: client)
            isBack.update { $0 = true }
        }
        Self.pump(from: client, to: other)
        _ = isBack.wait { $0 ? true : nil }
    }

    private static func pump(from: Int32, to: Int32) {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while case let count = unsafe recv(from, &buffer, buffer.count, 0), count > 0 {
            var sent = 0
            while sent < count {
                let more = unsafe buffer[sent..<count].withUnsafeBytes {
                    unsafe Glibc.send(to, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard more > 0 else { break }
                sent += more
            }
            guard sent == count else { break }
        }
        _ = shutdown(to, Int32(SHUT_WR))
        _ = shutdown(from, Int32(SHUT_RD))
    }

    /// Ends the connection by a reset instead of a goodbye.
    public func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        _ = unsafe setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    }

    fileprivate func end() { close(socket) }

    /// The next bytes that have come; none once the client has closed.
    public func receive(atMost count: Int) throws -> [UInt8] {
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = max(0, unsafe recv(socket, buffer.baseAddress, count, 0))
        }
        return bytes
    }
}
