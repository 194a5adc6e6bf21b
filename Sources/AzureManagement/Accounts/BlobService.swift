/// The blob service of an account: `blobServices/default`.
public struct BlobService: Sendable, Equatable {
    public struct Retention: Sendable, Equatable, Decodable {
        public var enabled: Bool?
        public var days: Int?
    }

    public struct Switch: Sendable, Equatable, Decodable {
        public var enabled: Bool?
    }

    public var id: ResourceID?
    public var isVersioningEnabled: Bool?
    public var deleteRetentionPolicy: Retention?
    public var containerDeleteRetentionPolicy: Retention?
    public var restorePolicy: Retention?
    public var changeFeed: Switch?

    public init() {}
}

extension BlobService: Decodable {
    public init(from decoder: any Decoder) throws {
        let fields = try ResourceFields(decoder)
        id = try fields.value("id", of: String.self).flatMap(ResourceID.init)
        isVersioningEnabled = try fields.value("isVersioningEnabled")
        deleteRetentionPolicy = try fields.value("deleteRetentionPolicy")
        containerDeleteRetentionPolicy = try fields.value("containerDeleteRetentionPolicy")
        restorePolicy = try fields.value("restorePolicy")
        changeFeed = try fields.value("changeFeed")
    }
}
