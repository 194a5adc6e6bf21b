public import ByteStreams

/// For stores whose blocks are in memory anyway: the body is collected, then staged or put whole.
extension BlobStore {
    /// Collects up to 256 MiB and stages it; more is `tooLarge`.
    public func stage(
        _ source: inout some ByteSource & ~Copyable, length: Int, as id: BlockID, of blob: BlobName
    ) async throws {
        let bytes = try await collect(&source, length: length, for: blob)
        try await stage(bytes.span, as: id, of: blob)
    }

    /// Collects up to 256 MiB and puts it; more is `tooLarge`.
    public func put(
        _ source: inout some ByteSource & ~Copyable, length: Int, to blob: BlobName, attributes: BlobAttributes,
        if condition: AccessCondition
    ) async throws -> WrittenBlob {
        let bytes = try await collect(&source, length: length, for: blob)
        return try await put(bytes.span, to: blob, attributes: attributes, if: condition)
    }

    func collect(
        _ source: inout some ByteSource & ~Copyable, length: Int, for blob: BlobName
    ) async throws -> [UInt8] {
        guard length >= 0 else { throw BlobStoreError(.badRequest, subject: "\(container)/\(blob)") }
        guard length <= 256 << 20 else { throw BlobStoreError(.tooLarge, subject: "\(container)/\(blob)") }
        return try await source.collect(length)
    }
}
