import HTTPMessages
import SystemCalls

extension BlobStore {
    /// All bytes of a small blob, and its state.
    ///
    /// - Parameter limit: A larger blob is `tooLarge`.
    public func contents(of blob: BlobName, limit: Int) async throws -> (bytes: [UInt8], properties: BlobProperties) {
        let state = try await properties(of: blob, if: .always)
        guard state.size <= limit else { throw BlobStoreError(.tooLarge, subject: "\(container)/\(blob)") }
        guard state.size > 0 else { return ([], state) }
        let bytes = try await [UInt8].filled(capacity: state.size) { buffer in
            _ = try await read(blob, range: ByteRange(0..<state.size), if: .matching(state.tag), into: &buffer)
        }
        guard bytes.count == state.size else { throw BlobStoreError(.corrupt, subject: "\(container)/\(blob)") }
        return (bytes, state)
    }

    /// Every blob whose name begins with `prefix`, with its metadata, in order.
    ///
    /// - Parameter delimiter: Names that hold it behind the prefix are left out.
    public func blobs(
        prefix: String, delimiter: String? = nil
    ) async throws -> [(name: BlobName, properties: BlobProperties)] {
        try await blobsAndPrefixes(prefix: prefix, delimiter: delimiter).blobs
    }

    /// The same, with the prefixes into which the delimiter folds other names.
    public func blobsAndPrefixes(
        prefix: String, delimiter: String?
    ) async throws -> (blobs: [(name: BlobName, properties: BlobProperties)], prefixes: [String]) {
        var query = BlobQuery(prefix: prefix, delimiter: delimiter, includesMetadata: true)
        var found: [(name: BlobName, properties: BlobProperties)] = []
        var prefixes: [String] = []
        while true {
            let page = try await list(query)
            for entry in page.entries {
                switch entry {
                case .blob(let name, let properties): found.append((name, properties))
                case .prefix(let folded): prefixes.append(folded)
                case .uncommitted: continue
                }
            }
            guard let next = page.next else { return (found, prefixes) }
            query.marker = next
        }
    }
}
