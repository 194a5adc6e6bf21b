public import HTTPMessages
public import SystemCalls

/// A store whose blobs lie in files, which it can hand out to be sent from there.
public protocol ExtentReadable: BlobStore {
    /// The beginning of a range, where it lies, with the blob's state at that moment.
    ///
    /// It is as good as ``BlobStore/read(_:range:if:into:)``, with the same refusals, but it may be only a part of what
    /// was asked for: up to where the blob goes on in another place. Bytes that lie in no file are copied, `limit` at
    /// most. A file that was handed out stays as it is, even if the blob is replaced or deleted meanwhile.
    func beginning(
        of blob: BlobName, range: ByteRange, limit: Int, if condition: AccessCondition
    ) async throws -> BlobBeginning
}

/// The first bytes of a range of a blob; at least one.
public struct BlobBeginning: Sendable {
    public enum Place: Sendable {
        case memory([UInt8])
        case file(FileExtent)
    }

    public let properties: BlobProperties
    public let place: Place

    public init(_ properties: BlobProperties, in place: Place) {
        self.properties = properties
        self.place = place
    }

    public var count: Int {
        switch place {
        case .memory(let bytes): bytes.count
        case .file(let extent): extent.length
        }
    }
}
