/// A container as the resource manager describes it.
public struct BlobContainer: Sendable, Equatable {
    public struct ImmutabilityPolicy: Sendable, Equatable {
        public var days: Int?
        /// `Unlocked` or `Locked`.
        public var state: ResourceWord?
    }

    public var id: ResourceID?
    public var name: String?
    public var publicAccess: ResourceWord?
    public var hasLegalHold: Bool?
    /// The tags of its legal holds.
    public var legalHolds: [String]
    public var immutabilityPolicy: ImmutabilityPolicy?
    public var immutableStorageWithVersioning: StorageAccount.VersionImmutability?
    public var leaseState: ResourceWord?
    public var defaultEncryptionScope: String?
    public var denyEncryptionScopeOverride: Bool?

    public init(name: String) {
        self.name = name
        legalHolds = []
    }
}

extension BlobContainer: Decodable {
    private struct Holds: Decodable {
        struct Hold: Decodable { let tag: String? }
        let tags: [Hold]?
    }

    public init(from decoder: any Decoder) throws {
        let fields = try ResourceFields(decoder)
        id = try fields.value("id", of: String.self).flatMap(ResourceID.init)
        name = try fields.value("name")
        publicAccess = try fields.value("publicAccess")
        hasLegalHold = try fields.value("hasLegalHold")
        legalHolds = try fields.value("legalHold", of: Holds.self)?.tags?.compactMap(\.tag) ?? []
        immutabilityPolicy = try fields.value("immutabilityPolicy")
        immutableStorageWithVersioning = try fields.value("immutableStorageWithVersioning")
        leaseState = try fields.value("leaseState")
        defaultEncryptionScope = try fields.value("defaultEncryptionScope")
        denyEncryptionScopeOverride = try fields.value("denyEncryptionScopeOverride")
    }
}

extension BlobContainer.ImmutabilityPolicy: Decodable {
    public init(from decoder: any Decoder) throws {
        let fields = try ResourceFields(decoder)
        days = try fields.value("immutabilityPeriodSinceCreationInDays")
        state = try fields.value("state")
    }
}
