public import Diagnostics
public import HTTPMessages

/// A blob elsewhere in one of its states, as another service is asked to fetch it.
public struct RemoteSource: Sendable {
    /// Without what lets the service in.
    public let url: HTTPURL
    /// A shared access signature, as an encoded query.
    public let signature: Secret<String>?
    /// The value of `Authorization` that the service is to show.
    public let authorization: Secret<String>?
    /// The state that is wanted, and no other.
    public let tag: ETag

    public init(url: HTTPURL, signature: Secret<String>?, authorization: Secret<String>?, tag: ETag) {
        self.url = url
        self.signature = signature
        self.authorization = authorization
        self.tag = tag
    }
}

/// What lets another service in to the blobs of a container, for a while, and anew for each request.
public protocol RemoteSourceProvider: Sendable {
    /// How the service is let in: a clause for plans and messages, without a secret.
    var grant: String { get }

    /// Finds out how the service can be let in, before anything else is done.
    func prepare() async throws

    func source(of blob: BlobName, tag: ETag) async throws -> RemoteSource
}

/// A store whose service stages blocks that it fetches itself, so that their bytes do not pass this machine.
public protocol FetchingStore: BlobStore {
    /// Stages a range of the source as a block.
    ///
    /// Throws ``CopySourceError`` where the service may not, or cannot, read the source in that state; nothing was staged
    /// then.
    /// - Returns: The sum of the bytes that the service fetched, if it says it.
    func stage(from source: RemoteSource, range: Range<Int>, as id: BlockID, of blob: BlobName) async throws -> BlobSum?
}

/// A store that is asked for a blob's tags by a request of its own.
///
/// Other stores tell them with the blob's properties.
public protocol TaggedStore: BlobStore {
    func tags(of blob: BlobName) async throws -> BlobTags
}

extension RetryingStore: FetchingStore, TaggedStore {
    public func stage(
        from source: RemoteSource, range: Range<Int>, as id: BlockID, of blob: BlobName
    ) async throws -> BlobSum? {
        try await policy.run { _ in
            guard let base = base as? any FetchingStore else {
                throw BlobStoreError(.unsupported, subject: "\(container)/\(blob)")
            }
            return try await base.stage(from: source, range: range, as: id, of: blob)
        }
    }

    public func tags(of blob: BlobName) async throws -> BlobTags {
        try await policy.run { _ in
            guard let base = base as? any TaggedStore else {
                return try await base.properties(of: blob, if: .always).attributes.tags
            }
            return try await base.tags(of: blob)
        }
    }
}

extension GatedStore: FetchingStore, TaggedStore {
    /// The bandwidth is that of this machine, through which nothing goes; the depth is learnt from what the service moves.
    public func stage(
        from source: RemoteSource, range: Range<Int>, as id: BlockID, of blob: BlobName
    ) async throws -> BlobSum? {
        guard let base = base as? any FetchingStore else {
            throw BlobStoreError(.unsupported, subject: "\(container)/\(blob)")
        }
        return try await gate.pass(0) { _ in
            range.count
        } _: {
            try await base.stage(from: source, range: range, as: id, of: blob)
        }
    }

    public func tags(of blob: BlobName) async throws -> BlobTags {
        guard let base = base as? any TaggedStore else {
            return try await base.properties(of: blob, if: .always).attributes.tags
        }
        return try await base.tags(of: blob)
    }
}
