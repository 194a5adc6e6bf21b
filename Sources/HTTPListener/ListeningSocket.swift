import CMicroHTTPD
import Glibc
import SystemCalls

/// Where a listener can be reached.
public struct ListenerAddress: Sendable, Equatable, CustomStringConvertible {
    /// An IP address.
    public let host: String
    public let port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// `host:port`, as in a URL.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// A socket that takes connections.
struct ListeningSocket: ~Copyable {
    let descriptor: Descriptor
    let address: ListenerAddress

    /// Listens on the first address that `host` stands for.
    ///
    /// - Parameter port: 0 lets the kernel choose.
    init(host: String, port: Int) throws(ListenerError) {
        let wanted = ListenerAddress(host: host, port: port)
        let type = Int32(SOCK_STREAM.rawValue)
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = AI_PASSIVE
        unsafe hints.ai_socktype = type
        var found: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(host, String(port), &hints, &found)
        guard (0...65535).contains(port), status == 0, let first = unsafe found else {
            throw ListenerError(.addressNotFound, subject: wanted.description)
        }
        defer { unsafe freeaddrinfo(first) }
        let info = unsafe first.pointee
        let descriptor = try Self.open(unsafe info.ai_family, for: wanted)
        let number = descriptor.number
        try Self.check("bind", for: wanted) { unsafe bind(number, info.ai_addr, info.ai_addrlen) }
        try Self.check("listen", for: wanted) { listen(number, SOMAXCONN) }
        address = try Self.boundAddress(of: number, wanted: wanted)
        self.descriptor = descriptor
    }

    private static func open(_ family: Int32, for wanted: ListenerAddress) throws(ListenerError) -> Descriptor {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let number = try check("socket", for: wanted) { socket(family, type, 0) }
        let descriptor = Descriptor(owning: number)
        var yes: Int32 = 1
        // Otherwise a restart would have to wait for the connections of the run before.
        try check("setsockopt", for: wanted) {
            unsafe setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        }
        return descriptor
    }

    private static func boundAddress(
        of number: Int32, wanted: ListenerAddress
    ) throws(ListenerError) -> ListenerAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        try check("getsockname", for: wanted) {
            unsafe withUnsafeMutablePointer(to: &storage) { pointer in
                unsafe getsockname(
                    number, UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self), &length)
            }
        }
        let bound = unsafe withUnsafePointer(to: &storage) { pointer in
            unsafe SocketAddress.read(UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self))
        }
        guard let bound else { throw ListenerError(.cannotListen, subject: wanted.description) }
        return bound
    }

    @discardableResult
    private static func check(
        _ call: String, for wanted: ListenerAddress, _ body: () -> Int32
    ) throws(ListenerError) -> Int32 {
        let result = body()
        guard result == -1 else { return result }
        let cause = SystemError(call: call, number: errno)
        throw ListenerError(.cannotListen, subject: wanted.description, cause: cause)
    }
}

/// Addresses as the C library holds them.
enum SocketAddress {
    /// Address and port in numbers; an IPv4 address mapped into IPv6 is given as IPv4.
    static func read(_ address: UnsafePointer<sockaddr>) -> ListenerAddress? {
        let isIPv6 = unsafe address.pointee.sa_family == sa_family_t(AF_INET6)
        let size = isIPv6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
        var host = [CChar](repeating: 0, count: 64)
        var port = [CChar](repeating: 0, count: 8)
        let status = unsafe getnameinfo(
            address, socklen_t(size), &host, socklen_t(host.count), &port, socklen_t(port.count),
            NI_NUMERICHOST | NI_NUMERICSERV)
        guard status == 0, let number = Int(text(port)) else { return nil }
        let name = text(host)
        return ListenerAddress(host: name.hasPrefix("::ffff:") ? String(name.dropFirst(7)) : name, port: number)
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
