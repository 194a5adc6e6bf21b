import BlobStorage
import FoundationEssentials
import HTTPMessages
import LocalIndex
import SystemCalls

extension DirectoryStore {
    func read(
        _ blob: BlobName, range: ByteRange, if condition: AccessCondition, into buffer: inout OutputSpan<UInt8>
    ) async throws -> BlobProperties {
        try await read(blob, at: nil, range: range, if: condition, into: &buffer)
    }

    /// - Parameter snapshot: `nil` for the blob itself.
    func read(
        _ blob: BlobName, at snapshot: SnapshotID?, range: ByteRange, if condition: AccessCondition,
        into buffer: inout OutputSpan<UInt8>
    ) async throws -> BlobProperties {
        try Task.checkCancellation()
        do {
            return try await withTaskExecutorPreference(account.threads) {
                try await readNow(blob, snapshot, range, condition, &buffer)
            }
        } catch {
            throw account.explanation(of: error, subject(blob))
        }
    }

    /// A committed state that the condition allows to read.
    func revision(
        _ connection: inout IndexConnection, _ blob: BlobName, at snapshot: SnapshotID? = nil,
        _ condition: AccessCondition
    ) throws -> Revision {
        let number = try connection.number(of: container)
        guard let revision = try connection.revision(blob, at: snapshot, in: number) else {
            throw BlobStoreError(.blobNotFound, subject: subject(blob))
        }
        let lease = Lease.refusal(
            of: .read, id: condition.lease, lease: revision.properties.service.lease, at: account.clock())
        if let refusal = condition.refusal(of: .read, state: revision.state) ?? lease {
            throw BlobStoreError(refusal, subject: subject(blob))
        }
        return revision
    }

    /// A part of a blob: where it lies, or its bytes if they lie in the index.
    private struct Part: Sendable {
        let extent: Extent
        let content: [UInt8]?
    }

    /// Files are never changed, only removed when the blob has another state: then the whole read begins again, so
    /// that its bytes and its properties are of one state.
    @concurrent private func readNow(
        _ blob: BlobName, _ snapshot: SnapshotID?, _ range: ByteRange, _ condition: AccessCondition,
        _ buffer: inout OutputSpan<UInt8>
    ) async throws -> BlobProperties {
        let before = buffer.count
        var gone: Int?
        while true {
            let room = buffer.freeCapacity
            let (revision, parts) = try account.readers.read { connection -> (Revision, [Part]) in
                let revision = try self.revision(&connection, blob, at: snapshot, condition)
                guard revision.properties.attributes.tier != .archive else {
                    throw BlobStoreError(.archived, subject: subject(blob))
                }
                guard let wanted = range.clipped(to: revision.properties.size) else {
                    throw BlobStoreError(.invalidRange, subject: subject(blob))
                }
                guard wanted.count <= room else { throw BlobStoreError(.badRequest, subject: subject(blob)) }
                let parts = try Self.parts(of: wanted, in: revision, &connection)
                guard parts.reduce(0, { $0 + $1.extent.size }) == wanted.count else {
                    throw BlobStoreError(.corrupt, subject: subject(blob))
                }
                return (revision, parts)
            }
            do throws(SystemError) {
                for part in parts {
                    guard let content = part.content else {
                        try account.files.read(part.extent, into: &buffer)
                        continue
                    }
                    let bytes = part.extent.start..<part.extent.start + part.extent.size
                    guard bytes.upperBound <= content.count else {
                        throw SystemError(call: "read", subject: account.files.layout.index, number: SystemError.damage)
                    }
                    buffer.append(copying: content.span.extracting(bytes))
                }
                return revision.properties
            } catch {
                buffer.removeLast(buffer.count - before)
                if error.isNotFound, gone != revision.id {
                    gone = revision.id
                    continue
                }
                guard error.isNotFound || error.isDamage else { throw error }
                let damage = DirectoryStoreError(.damagedBlock, path: account.path, cause: error)
                throw BlobStoreError(.corrupt, subject: subject(blob), cause: damage)
            }
        }
    }

    /// The parts that the index has of a range; blocks whose numbers make no sense are left out.
    private static func parts(
        of wanted: Range<Int>, in revision: Revision, _ connection: inout IndexConnection
    ) throws -> [Part] {
        try connection.all(
            """
            SELECT b.position, b.piece, b.start, b.size, p.content FROM block b JOIN piece p ON p.id = b.piece \
            WHERE b.revision = ?1 AND b.position < ?3 AND b.position >= \
            (SELECT max(position) FROM block WHERE revision = ?1 AND position <= ?2) ORDER BY b.position
            """,
            [.integer(revision.id), .integer(wanted.lowerBound), .integer(wanted.upperBound)]
        ) { row -> Part? in
            let (position, start, size) = (row.integer(0), row.integer(2), row.integer(3))
            guard min(position, start, size) >= 0, max(position, start) <= .max - size else { return nil }
            let overlap = wanted.clamped(to: position..<position + size)
            let extent = Extent(
                piece: row.integer(1), start: start + overlap.lowerBound - position, size: overlap.count)
            return Part(extent: extent, content: row.bytes(4))
        }.compactMap(\.self)
    }
}
