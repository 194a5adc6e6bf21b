public import AzureIdentity
public import FoundationEssentials

/// Everything that is known of an account and of what is planned with it; what is `nil` is not known.
public struct AccountSituation: Sendable {
    public enum ContainerState: Sendable, Equatable {
        /// No container was named, or it could not be read.
        case unknown
        case missing(name: String)
        case found(BlobContainer)
    }

    /// How the job shows who it is.
    public enum CredentialKind: String, Sendable, CaseIterable {
        /// An account key, or a signature made with one.
        case sharedKey = "shared-key"
        case entra
    }

    /// The vault that restores into the account, as far as it is known.
    public struct Vault: Sendable, Equatable {
        public var location: String?
        public var subscription: String?
        public var tenant: String?
        /// The object that the vault's managed identity is.
        public var principal: String?

        public init() {}
    }

    public var account: StorageAccount
    public var blobService: BlobService?
    public var container: ContainerState = .unknown
    public var locks: [ResourceLock]?
    /// What the caller may do, at the container or the account.
    public var permissions: [PermissionGrant]?
    /// The roles of the vault's identity, and of the groups that it is in, at the container or the account.
    public var assignments: [RoleAssignment]?

    public var credential: CredentialKind?
    /// The address that the service sees the caller at.
    public var callerAddress: IPv4Address?
    /// The tenant that the account belongs to.
    public var tenant: String?
    public var vault = Vault()
    /// How long the signatures that are planned live.
    public var signatureLife: Duration?
    /// True where the source is authorised by a delegated signature that is bound to somebody of another tenant.
    public var hasForeignDelegation = false
    /// The access tier that is asked for.
    public var tier: ResourceWord?
    /// For how many days what is written must stay.
    public var retentionDays: Int?
    public var overwrites = false
    public var wantsTags = false
    public var wantsVersionImmutability = false
    public var encryptionScope: String?
    public var now: Date

    public init(_ account: StorageAccount, now: Date) {
        self.account = account
        self.now = now
    }
}

extension AccountSituation {
    var foundContainer: BlobContainer? {
        guard case .found(let container) = container else { return nil }
        return container
    }

    /// False only where the job is known to use no key: an unknown credential may be one.
    var mayUseKeys: Bool { credential != .entra }
}
