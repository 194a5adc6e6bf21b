import BlobStorage
import ByteStreams
import HTTPListener
import HTTPMessages
import SystemCalls

/// The bodies of Get Blob.
extension Work {
    /// What is read at once of pieces that lie in no file, in bytes.
    private static var piece: Int { 256 << 10 }

    /// The bytes of a blob, of which the first are there.
    ///
    /// The rest is fetched as the client takes it, as long as the blob is what it was at first.
    static func body(
        _ bytes: Range<Int>, of blob: BlobName, from store: any BlobStore, first: BlobBeginning?
    ) -> Reply.Body {
        guard let first else { return .bytes([]) }
        guard first.count < bytes.count else {
            switch first.place {
            case .memory(let content): return .bytes(content)
            case .file(let extent): return .file(extent)
            }
        }
        guard let store = store as? any ExtentReadable else {
            return copied(bytes, of: blob, from: store, first: first)
        }
        return chained(bytes, of: blob, from: store, first: first)
    }

    /// Each place where the blob lies after the other; the next is looked up while the one before is sent.
    private static func chained(
        _ bytes: Range<Int>, of blob: BlobName, from store: any ExtentReadable, first: BlobBeginning
    ) -> Reply.Body {
        .stream(length: bytes.count) { writer in
            var part = first
            var position = bytes.lowerBound + part.count
            while position < bytes.upperBound {
                let rest = ByteRange(position..<bytes.upperBound)
                async let following = store.beginning(
                    of: blob, range: rest, limit: piece, if: .matching(first.properties.tag))
                try await writer.write(part)
                part = try await following
                position += part.count
            }
            try await writer.write(part)
        }
    }

    /// The rest is read straight into the connection's buffer.
    private static func copied(
        _ bytes: Range<Int>, of blob: BlobName, from store: any BlobStore, first: BlobBeginning
    ) -> Reply.Body {
        .stream(length: bytes.count) { writer in
            try await writer.write(first)
            var position = bytes.lowerBound + first.count
            while position < bytes.upperBound {
                let (start, rest) = (position, bytes.upperBound - position)
                position += try await writer.fill { buffer in
                    let before = buffer.count
                    let piece = start..<start + min(rest, buffer.freeCapacity)
                    _ = try await store.read(
                        blob, range: ByteRange(piece), if: .matching(first.properties.tag), into: &buffer)
                    guard buffer.count - before == piece.count else {
                        throw BlobStoreError(.corrupt, subject: blob.text)
                    }
                    return piece.count
                }
            }
        }
    }
}

extension ReplyWriter {
    fileprivate mutating func write(_ part: BlobBeginning) async throws {
        switch part.place {
        case .memory(let content): try await write(content.span)
        case .file(let extent): try await write(extent)
        }
    }
}
