import BlobStorage
import ByteStreams
import HTTPMessages
import SystemCalls

/// A source of which the first was seen: what it is, and how its bytes are read as long as it stays that.
struct OpenedSource: Sendable {
    /// Only size, attributes and kind mean something where the source lies elsewhere.
    let properties: BlobProperties
    /// Reads exactly these bytes, at most ``CopyBuffer/most`` of them; throws ``ServiceFailure``.
    let read: @Sendable (Range<Int>) async throws -> [UInt8]

    var size: Int { properties.size }

    /// The part that a request asks for; what lies behind the source's end is left out, as the service does.
    func part(_ range: ByteRange?) throws(ServiceFailure) -> Range<Int> {
        guard let range else { return 0..<size }
        guard let part = range.clipped(to: size) else { throw .copySource(.invalidRange) }
        return part
    }

    func reader(
        of part: Range<Int>, in buffer: CopyBuffer, progress: @escaping @Sendable (Int) async throws -> Void = { _ in }
    ) -> SourceReader {
        SourceReader(part: part, buffer: buffer, read: read, progress: progress)
    }
}

extension OpenedSource {
    /// Opens a blob of this server.
    init(_ blob: BlobName, in store: any BlobStore, if condition: AccessCondition) async throws {
        do {
            properties = try await store.properties(of: blob, if: condition)
        } catch let error as BlobStoreError {
            throw CopySourceError(error)
        }
        if properties.attributes.tier == .archive { throw ServiceFailure.copySource(.archived) }
        if properties.service.copy?.status == .pending { throw ServiceFailure.copySource(.copyPending) }
        read = { [tag = properties.tag] range in
            do {
                let bytes = try await [UInt8].filled(capacity: range.count) { buffer in
                    _ = try await store.read(blob, range: ByteRange(range), if: .matching(tag), into: &buffer)
                }
                guard bytes.count == range.count else { throw ServiceFailure.copySource(.corrupt) }
                return bytes
            } catch let error as BlobStoreError {
                throw ServiceFailure.copySource(error.kind)
            }
        }
    }
}

/// The bytes of a part of a source, a piece of it in memory at a time.
struct SourceReader: ByteSource {
    private let part: Range<Int>
    private let room: CopyBuffer
    private let read: @Sendable (Range<Int>) async throws -> [UInt8]
    private let progress: @Sendable (Int) async throws -> Void
    private var piece: [UInt8] = []
    private var used = 0
    private var position: Int

    init(
        part: Range<Int>, buffer: CopyBuffer, read: @escaping @Sendable (Range<Int>) async throws -> [UInt8],
        progress: @escaping @Sendable (Int) async throws -> Void
    ) {
        self.part = part
        room = buffer
        self.read = read
        self.progress = progress
        position = part.lowerBound
    }

    mutating func read(into buffer: inout OutputSpan<UInt8>) async throws {
        if used == piece.count, position < part.upperBound {
            try await progress(position - part.lowerBound)
            // What was read is let go first: there is leave for one piece.
            (piece, used) = ([], 0)
            piece = try await read(position..<position + min(room.bytes, part.upperBound - position))
            position += piece.count
        }
        let count = min(buffer.freeCapacity, piece.count - used)
        buffer.append(copying: piece.span.extracting(used..<used + count))
        used += count
    }
}
