public import FoundationEssentials

/// What a writer says about a blob beside its bytes.
public struct BlobAttributes: Sendable, Equatable {
    public var contentType: String?
    public var contentEncoding: String?
    public var contentLanguage: String?
    public var contentDisposition: String?
    public var cacheControl: String?
    /// The MD5 of the whole blob as its writer gave it: 16 bytes, stored unverified for blobs made of blocks.
    public var contentMD5: [UInt8]?
    /// Names are identifiers, compared without regard to case; values are ASCII.
    public var metadata: [String: String]
    public var tags: BlobTags
    /// `nil` for the account's own, which is hot.
    public var tier: AccessTier?

    public init(
        contentType: String? = nil, contentEncoding: String? = nil, contentLanguage: String? = nil,
        contentDisposition: String? = nil, cacheControl: String? = nil, contentMD5: [UInt8]? = nil,
        metadata: [String: String] = [:], tags: BlobTags = .none, tier: AccessTier? = nil
    ) {
        self.contentType = contentType
        self.contentEncoding = contentEncoding
        self.contentLanguage = contentLanguage
        self.contentDisposition = contentDisposition
        self.cacheControl = cacheControl
        self.contentMD5 = contentMD5
        self.metadata = metadata
        self.tags = tags
        self.tier = tier
    }

    /// The metadata value of that name, found without regard to case.
    public func metadata(named name: String) -> String? {
        metadata[name] ?? metadata.first { $0.key.lowercased() == name.lowercased() }?.value
    }
}

/// The state of a committed blob.
public struct BlobProperties: Sendable, Equatable {
    /// In bytes.
    public var size: Int
    public var tag: ETag
    /// In whole seconds.
    public var lastModified: Date
    public var created: Date
    public var attributes: BlobAttributes
    public var service: ServiceState

    public init(
        size: Int, tag: ETag, lastModified: Date, created: Date, attributes: BlobAttributes,
        service: ServiceState = ServiceState()
    ) {
        self.size = size
        self.tag = tag
        self.lastModified = lastModified
        self.created = created
        self.attributes = attributes
        self.service = service
    }
}

/// What a commit or a write made.
public struct WrittenBlob: Sendable, Equatable {
    public let tag: ETag
    public let lastModified: Date

    public init(tag: ETag, lastModified: Date) {
        self.tag = tag
        self.lastModified = lastModified
    }
}

/// The state of a container.
public struct ContainerProperties: Sendable, Equatable {
    public let name: ContainerName
    public var tag: ETag
    public var lastModified: Date
    public var metadata: [String: String]
    public var access: ContainerAccess
    public var lease: Lease?
    /// True where a legal hold or an immutability policy keeps what is written from being replaced or removed; `nil`
    /// where the store does not say.
    public var isProtected: Bool?

    public init(
        name: ContainerName, tag: ETag, lastModified: Date, metadata: [String: String],
        access: ContainerAccess = .keyHoldersOnly, lease: Lease? = nil
    ) {
        self.name = name
        self.tag = tag
        self.lastModified = lastModified
        self.metadata = metadata
        self.access = access
        self.lease = lease
    }
}
