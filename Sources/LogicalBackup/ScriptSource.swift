import ByteStreams
import PostgresFormats

/// A script of pg_dump's as it is being written: it ends well only if pg_dump does, and with pg_dump's last words.
struct ScriptSource<Source: ByteSource & ~Copyable>: ~Copyable, ByteSource {
    private var source: Source
    private var trailer = ScriptTrailer()

    init(_ source: consuming Source) { self.source = source }

    mutating func read(into buffer: inout OutputSpan<UInt8>) async throws {
        let before = buffer.count
        try await source.read(into: &buffer)
        guard buffer.count == before else { return trailer.consume(buffer.span.extracting(before...)) }
        guard trailer.isComplete else { throw DumpError(.scriptUnfinished) }
    }
}

extension ScriptSource: Sendable where Source: Sendable & ~Copyable {}
