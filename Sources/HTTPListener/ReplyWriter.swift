public import ByteStreams
public import SystemCalls

/// Where the body of an answer is written; waits while the client is slow.
///
/// Throws ``ListenerError`` once the client is gone.
public struct ReplyWriter: ~Copyable, ByteSink {
    private let exchange: Exchange
    /// What bytes pass before they are sent; `nil` lets them through.
    public var gate: ByteGate?

    init(of exchange: Exchange) { self.exchange = exchange }

    /// Lets `body` append to the connection's own buffer, which has room for at least one byte.
    ///
    /// What was appended before `body` threw is sent, too; the answer is cut behind it.
    public mutating func fill<Result>(
        _ body: (inout OutputSpan<UInt8>) async throws -> Result
    ) async throws -> Result {
        try await exchange.fillAnswer(through: gate, body)
    }

    public mutating func write(_ bytes: Span<UInt8>) async throws {
        guard let gate else { return try await send(bytes) }
        var rest = bytes
        while !rest.isEmpty {
            let passing = try await gate(rest.count)
            try await send(rest.extracting(first: passing))
            rest = rest.extracting(droppingFirst: passing)
        }
    }

    /// Sends a part of a file; what the kernel has in memory is read without changing threads.
    ///
    /// A file that is too short is ``ListenerError`` of kind `fileTooShort`.
    public mutating func write(_ extent: FileExtent) async throws {
        guard gate != nil else { return try await exchange.giveFile(extent) }
        var position = 0
        while position < extent.length {
            let (start, daemon) = (position, exchange.daemon)
            let count = try await fill { buffer in
                try await withTaskExecutorPreference(daemon.disk) { try await extent.read(at: start, into: &buffer) }
            }
            guard count > 0 else { throw ListenerError(.fileTooShort) }
            position += count
        }
    }

    private func send(_ bytes: Span<UInt8>) async throws {
        var rest = bytes
        while true {
            let taken = try exchange.giveAnswer(rest)
            rest = rest.extracting(droppingFirst: taken)
            guard !rest.isEmpty else { return }
            await exchange.waitForRoom()
        }
    }
}
