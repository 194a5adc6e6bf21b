import BlobStorage
import FoundationEssentials
import HTTPMessages
import LocalIndex

// A copy is a revision whose blocks lie in the pieces of another: a piece is removed with the last block that is in it.

extension IndexConnection {
    /// The condition of the partial index on copies under way.
    static let isCopying = "json_extract(copy, '$.status') = 'pending'"

    mutating func copy(
        from source: CopySource, _ request: WriteRequest, describe: (BlobProperties) throws -> CopyDescription
    ) throws -> WriteOutcome {
        // The destination's container first: without it, nothing is said of the source.
        _ = try number(of: request.container)
        let found = try readable(source, now: request.now)
        let description = try describe(found.properties)
        var properties = found.properties.service
        properties.lease = nil
        properties.snapshot = nil
        var write = request.describing(description)
        if write.service.copy?.status == .success { write.service.copy?.completed = request.now }
        write.service.isSealed = description.kind == .append && properties.isSealed
        write.service.appendedBlocks = description.kind == .append ? properties.appendedBlocks : 0
        return try replace(write) { connection, _ in
            try connection.all(
                "SELECT id, piece, start, size FROM block WHERE revision = ? ORDER BY position", [.integer(found.id)]
            ) { row in
                let id = description.keepsBlocks ? row.text(0).flatMap { BlockID(text: $0) } : nil
                return (id, Extent(piece: row.integer(1), start: row.integer(2), size: row.integer(3)))
            }
        }
    }

    /// Where a part of a source lies; `nil` if it is in several blocks.
    mutating func extent(of range: ByteRange?, in source: CopySource, now: Date) throws -> Extent? {
        let found = try readable(source, now: now)
        guard let wanted = (range ?? ByteRange(from: 0)).clipped(to: found.properties.size) else {
            throw source.error(.invalidRange)
        }
        let block = try first(
            """
            SELECT position, piece, start, size FROM block WHERE revision = ? AND position <= ? \
            ORDER BY position DESC LIMIT 1
            """,
            [.integer(found.id), .integer(wanted.lowerBound)]
        ) { row in
            (position: row.integer(0), Extent(piece: row.integer(1), start: row.integer(2), size: row.integer(3)))
        }
        guard let (position, extent) = block, wanted.upperBound <= position + extent.size else { return nil }
        return Extent(
            piece: extent.piece, start: extent.start + wanted.lowerBound - position, size: wanted.count)
    }

    mutating func setCopyState(_ state: CopyState, _ request: WriteRequest) throws {
        let number = try number(of: request.container)
        guard let row = try blob(request.blob, in: number), let revision = try revision(request.blob, in: number)
        else { throw request.error(.blobNotFound) }
        guard let copy = revision.properties.service.copy, copy.status == .pending else {
            throw request.error(.noCopyPending)
        }
        guard copy.id == state.id else { throw request.error(.copyIDMismatch) }
        if state.status == .aborted {
            let lease = Lease.refusal(of: .write, id: request.condition.lease, lease: row.lease, at: request.now)
            if let lease { throw request.error(lease) }
        }
        try setCopy(state, of: revision.id)
        if state.status != .pending { _ = try touch(revision, request) }
    }

    /// Ends every copy that a process which is no more has left pending.
    mutating func failCopies(now: Date) throws {
        let pending = try all("SELECT id, copy FROM revision WHERE \(Self.isCopying)") { row in
            (row.integer(0), Self.copyState(row.text(1)))
        }
        for (revision, state) in pending {
            guard var state else { continue }
            state.status = .failed
            state.completed = now
            state.detail = CopyState.serverEnded
            try setCopy(state, of: revision)
        }
    }

    private mutating func setCopy(_ state: CopyState, of revision: Int) throws {
        let text = String(decoding: try JSONEncoder().encode(state), as: UTF8.self)
        try run("UPDATE revision SET copy = ? WHERE id = ?", [.text(text), .integer(revision)])
    }

    static func copyState(_ text: String?) -> CopyState? {
        text.flatMap { try? JSONDecoder().decode(CopyState.self, from: Data($0.utf8)) }
    }

    /// The state of a source, if it may be read.
    private mutating func readable(_ source: CopySource, now: Date) throws -> Revision {
        let found: Revision?
        do {
            found = try revision(source.blob, at: source.snapshot, in: number(of: source.container))
        } catch let error as BlobStoreError {
            throw CopySourceError(error)
        }
        guard let found else { throw source.error(.blobNotFound) }
        let service = found.properties.service
        if let refusal = source.condition.refusal(of: .read, state: found.state)
            ?? Lease.refusal(of: .read, id: source.condition.lease, lease: service.lease, at: now)
        {
            throw source.error(refusal)
        }
        guard service.copy?.status != .pending else { throw source.error(.copyPending) }
        guard found.properties.attributes.tier != .archive else { throw source.error(.archived) }
        return found
    }
}

extension CopySource {
    fileprivate func error(_ kind: BlobStoreError.Kind) -> CopySourceError {
        CopySourceError(BlobStoreError(kind, subject: "\(container)/\(blob)"))
    }
}
