public import HTTPMessages
public import SystemCalls

/// What a handler answers: a status, header fields, and a body that may still have to be made.
///
/// `Content-Length`, `Date` and `Connection` are added by the listener.
public struct Reply: Sendable {
    public enum Body: Sendable {
        case none
        case bytes([UInt8])
        /// No bytes, but the `Content-Length` that a GET would have: for HEAD only.
        case omitted(length: Int)
        /// Bytes written by a closure as fast as the client takes them.
        ///
        /// With a `length` the closure must write exactly that many; without one they are sent in chunks. A closure
        /// that throws, or writes too little, closes the connection, so that the client sees a short body.
        case stream(length: Int?, @Sendable (inout ReplyWriter) async throws -> Void)
        /// A part of a file, read as fast as the client takes it, and without waiting what the kernel has in memory.
        ///
        /// A file that is too short closes the connection, so that the client sees a short body.
        case file(FileExtent)
        /// Nothing at all, not even the head: the connection is closed, or reset. For faults made on purpose.
        case withheld(resets: Bool)
    }

    /// How an answer ended.
    public struct End: Sendable, Equatable {
        /// Bytes of the body handed to the client.
        public let bytes: Int
        /// Bytes of the request's body that came.
        public let received: Int
        /// False if the client did not get all of it.
        public let isComplete: Bool
    }

    public var status: Int
    public var fields: HTTPFields
    public var body: Body
    /// Called once when the client has the answer, or will not get it.
    public var onEnd: (@Sendable (End) -> Void)?

    var isWithheld: Bool { if case .withheld = body { true } else { false } }

    /// The same with a file as a stream.
    public var withoutFile: Reply {
        guard case .file(let extent) = body else { return self }
        var reply = self
        reply.body = .stream(length: extent.length) { try await $0.write(extent) }
        return reply
    }

    public init(
        status: Int, fields: HTTPFields = [:], body: Body = .none, onEnd: (@Sendable (End) -> Void)? = nil
    ) {
        self.status = status
        self.fields = fields
        self.body = body
        self.onEnd = onEnd
    }
}
