import BlobStorage
import FoundationEssentials
import LocalIndex

extension IndexConnection {
    /// Throws what would refuse `size` more bytes at the end of an append blob; answers its state.
    mutating func checkAppend(
        _ size: Int, _ request: WriteRequest, at position: AppendCondition, limit: Int
    ) throws -> Revision {
        let revision = try appendable(request)
        let (end, service) = (revision.properties.size, revision.properties.service)
        guard !service.isSealed else { throw request.error(.sealed) }
        if let expected = position.position, expected != end { throw request.error(.appendPosition) }
        if let largest = position.largest, size > largest - end { throw request.error(.appendTooLong) }
        guard service.appendedBlocks < limit else { throw request.error(.tooManyBlocks) }
        return revision
    }

    /// Makes a piece the end of a blob; the blocks before it are not touched.
    mutating func append(
        _ piece: Piece, _ request: WriteRequest, at position: AppendCondition, limit: Int
    ) throws -> AppendedBlock {
        let revision = try checkAppend(piece.size, request, at: position, limit: limit)
        let (end, blocks) = (revision.properties.size, revision.properties.service.appendedBlocks + 1)
        try insert(piece)
        try run(
            "INSERT INTO block (revision, position, id, piece, start, size) VALUES (?, ?, NULL, ?, 0, ?)",
            [.integer(revision.id), .integer(end), .integer(piece.number), .integer(piece.size)])
        // A digest of the whole blob is not one of a longer blob.
        try run(
            "UPDATE revision SET size = ?, appended = ?, content_md5 = NULL WHERE id = ?",
            [.integer(end + piece.size), .integer(blocks), .integer(revision.id)])
        return AppendedBlock(offset: end, blocks: blocks, written: try touch(revision, request))
    }

    /// Lets nothing more be appended; tag and time stay as they are, for the bytes do.
    mutating func seal(_ request: WriteRequest, at position: AppendCondition) throws -> WrittenBlob {
        let revision = try appendable(request)
        let properties = revision.properties
        if let expected = position.position, expected != properties.size { throw request.error(.appendPosition) }
        try run("UPDATE revision SET sealed = 1 WHERE id = ?", [.integer(revision.id)])
        return WrittenBlob(tag: properties.tag, lastModified: properties.lastModified)
    }

    private mutating func appendable(_ request: WriteRequest) throws -> Revision {
        let (_, revision) = try existing(request)
        guard revision.properties.service.kind == .append else { throw request.error(.wrongBlobKind) }
        return revision
    }
}
