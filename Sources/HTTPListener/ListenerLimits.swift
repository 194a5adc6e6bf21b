/// What a listener allows its clients.
public struct ListenerLimits: Sendable, Equatable {
    /// Connections at one time; more of them wait to be accepted.
    public var connections: Int
    /// How long a connection may neither send nor take a byte.
    public var idle: Duration
    /// How long the head of a request may take once the connection could have been closed as idle.
    public var headTime: Duration
    /// Request line and header fields together, in bytes; more is answered 431.
    public var head: Int
    /// Bytes of a body that nobody wants, read and thrown away so that the client sees the answer; beyond them the
    /// connection is closed.
    public var discarded: Int
    /// Memory for reading the request and for the head of the answer, in bytes a connection; at least twice `head`.
    public var buffer: Int
    /// Threads that serve all connections; `nil` for as many as suit the machine.
    public var threads: Int?
    /// How long requests under way may go on once the listener is to stop.
    public var drain: Duration

    public init(
        connections: Int = 2048, idle: Duration = .seconds(120), headTime: Duration = .seconds(60),
        head: Int = 32 << 10, discarded: Int = 64 << 20,
        buffer: Int = 64 << 10, drain: Duration = .seconds(10), threads: Int? = nil
    ) {
        self.connections = connections
        self.idle = idle
        self.headTime = headTime
        self.head = head
        self.discarded = discarded
        self.buffer = buffer
        self.drain = drain
        self.threads = threads
    }
}
