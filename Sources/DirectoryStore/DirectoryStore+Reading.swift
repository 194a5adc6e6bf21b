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
        /// Where in the blob.
        let position: Int
        let extent: Extent
        let content: [UInt8]?
    }

    @concurrent private func readNow(
        _ blob: BlobName, _ snapshot: SnapshotID?, _ range: ByteRange, _ condition: AccessCondition,
        _ buffer: inout OutputSpan<UInt8>
    ) async throws -> BlobProperties {
        let before = buffer.count
        var reading = Reading()
        while true {
            let room = buffer.freeCapacity
            let (revision, parts) = try account.readers.read { connection -> (Revision, [Part]) in
                let (revision, wanted) = try self.revision(&connection, blob, at: snapshot, range, condition)
                guard wanted.count <= room else { throw BlobStoreError(.badRequest, subject: subject(blob)) }
                let parts = try Self.parts(of: wanted, in: revision, &connection)
                guard parts.reduce(0, { $0 + $1.extent.size }) == wanted.count else {
                    throw BlobStoreError(.corrupt, subject: subject(blob))
                }
                return (revision, parts)
            }
            do throws(SystemError) {
                for part in parts { try copy(part, into: &buffer) }
                return revision.properties
            } catch {
                buffer.removeLast(buffer.count - before)
                if reading.goesOn(after: error, in: revision) { continue }
                throw failure(error, blob)
            }
        }
    }

    private func copy(_ part: Part, into buffer: inout OutputSpan<UInt8>) throws(SystemError) {
        guard let content = part.content else { return try account.files.read(part.extent, into: &buffer) }
        let bytes = part.extent.start..<part.extent.start + part.extent.size
        guard bytes.upperBound <= content.count else {
            throw SystemError(call: "read", subject: account.files.layout.index, number: SystemError.damage)
        }
        buffer.append(copying: content.span.extracting(bytes))
    }

    /// Files are never changed, only removed when the blob has another state: then the whole read begins again, so
    /// that its bytes and its properties are of one state.
    private struct Reading {
        private var gone: Int?

        mutating func goesOn(after error: SystemError, in revision: Revision) -> Bool {
            guard error.isNotFound, gone != revision.id else { return false }
            gone = revision.id
            return true
        }
    }

    private func failure(_ error: SystemError, _ blob: BlobName) -> any Error {
        guard error.isNotFound || error.isDamage else { return error }
        let damage = DirectoryStoreError(.damagedBlock, path: account.path, cause: error)
        return BlobStoreError(.corrupt, subject: subject(blob), cause: damage)
    }

    /// A state that may be read, and the part of `range` that it has.
    private func revision(
        _ connection: inout IndexConnection, _ blob: BlobName, at snapshot: SnapshotID? = nil, _ range: ByteRange,
        _ condition: AccessCondition
    ) throws -> (Revision, Range<Int>) {
        let revision = try self.revision(&connection, blob, at: snapshot, condition)
        guard revision.properties.attributes.tier != .archive else {
            throw BlobStoreError(.archived, subject: subject(blob))
        }
        guard let wanted = range.clipped(to: revision.properties.size) else {
            throw BlobStoreError(.invalidRange, subject: subject(blob))
        }
        return (revision, wanted)
    }

    /// The parts that the index has of a range; blocks whose numbers make no sense are left out.
    private static func parts(
        of wanted: Range<Int>, in revision: Revision, limit: Int = .max, _ connection: inout IndexConnection
    ) throws -> [Part] {
        try connection.all(
            """
            SELECT b.position, b.piece, b.start, b.size, p.content FROM block b JOIN piece p ON p.id = b.piece \
            WHERE b.revision = ?1 AND b.position < ?3 AND b.position >= \
            (SELECT max(position) FROM block WHERE revision = ?1 AND position <= ?2) ORDER BY b.position LIMIT ?4
            """,
            [.integer(revision.id), .integer(wanted.lowerBound), .integer(wanted.upperBound), .integer(limit)]
        ) { row -> Part? in
            let (position, start, size) = (row.integer(0), row.integer(2), row.integer(3))
            guard min(position, start, size) >= 0, max(position, start) <= .max - size else { return nil }
            let overlap = wanted.clamped(to: position..<position + size)
            let extent = Extent(
                piece: row.integer(1), start: start + overlap.lowerBound - position, size: overlap.count)
            return Part(position: overlap.lowerBound, extent: extent, content: row.bytes(4))
        }.compactMap(\.self)
    }
}

// MARK: - Where the bytes lie

extension DirectoryStore: ExtentReadable {
    func beginning(
        of blob: BlobName, range: ByteRange, limit: Int, if condition: AccessCondition
    ) async throws -> BlobBeginning {
        try Task.checkCancellation()
        return try await account.explained(subject(blob)) {
            try await account.threads.run { try beginningNow(of: blob, range, limit, condition) }
        }
    }

    private func beginningNow(
        of blob: BlobName, _ range: ByteRange, _ limit: Int, _ condition: AccessCondition
    ) throws -> BlobBeginning {
        var reading = Reading()
        while true {
            let (revision, parts) = try account.readers.read { connection -> (Revision, [Part]) in
                let (revision, wanted) = try self.revision(&connection, blob, range, condition)
                let first = try Self.parts(of: wanted, in: revision, limit: 1, &connection)
                let some = wanted.prefix(limit)
                guard let part = first.first, part.content != nil, part.extent.size != some.count else {
                    return (revision, first)
                }
                // Small pieces are worth fetching together.
                let parts = try Self.parts(of: some, in: revision, &connection)
                return (revision, parts)
            }
            do throws(SystemError) {
                guard let first = parts.first, first.extent.size > 0 else {
                    throw SystemError(call: "read", subject: account.files.layout.index, number: SystemError.damage)
                }
                guard first.content != nil else {
                    let extent = try account.files.open(first.extent)
                    return BlobBeginning(revision.properties, in: .file(extent))
                }
                let bytes = try [UInt8](filling: limit) { buffer throws(SystemError) in
                    for part in parts where part.content != nil && part.position == first.position + buffer.count {
                        guard part.extent.size <= buffer.freeCapacity else { return }
                        try copy(part, into: &buffer)
                    }
                }
                return BlobBeginning(revision.properties, in: .memory(bytes))
            } catch {
                if reading.goesOn(after: error, in: revision) { continue }
                throw failure(error, blob)
            }
        }
    }
}
