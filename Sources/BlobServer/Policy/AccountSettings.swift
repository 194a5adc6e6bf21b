public import AzureIdentity

/// What an account's owner has set, as far as its blob service acts by it.
public struct AccountSettings: Sendable {
    /// What the account cannot do at the moment.
    public enum Outage: Sendable {
        case none
        /// Only the secondary address answers.
        case primary
        case everything
        case writing
    }

    /// Where the sources of copies into the account may lie.
    public enum CopySources: Sendable {
        case anywhere
        /// In accounts of the same tenant.
        case sameTenant
        case sameAccount
    }

    /// Either of an account's two keys lets a request in; none keeps everybody out who has no token.
    public var keys: [SharedKey]
    /// Whether containers may let everybody read; otherwise what they say of that is kept and does not count.
    public var allowsPublicAccess: Bool
    /// The tenant whose tokens count; `nil` where none do.
    public var tenant: String?

    public var outage = Outage.none
    /// Whether clients of an address may speak to the account at all.
    public var admits: @Sendable (_ address: String) -> Bool = { _ in true }
    public var requiresHTTPS = false
    /// Whether keys count, and the signatures made with them.
    public var takesKeys = true
    /// How long signatures may live; `nil` where nothing is said of that.
    public var longestSignature: Duration?
    public var copySources = CopySources.anywhere
    /// Whether signatures may be bound to somebody of another tenant.
    public var allowsForeignDelegation = false
    /// False where the key that the blobs are encrypted with is lost.
    public var canDecrypt = true

    /// What keeps blobs from being changed, by container.
    public var protection: [String: ContainerProtection] = [:]

    public var sku = "Standard_LRS"
    public var kind = "StorageV2"
    public var isHierarchical = false

    public init(keys: [SharedKey], allowsPublicAccess: Bool, tenant: String? = nil) {
        self.keys = keys
        self.allowsPublicAccess = allowsPublicAccess
        self.tenant = tenant
    }
}

extension AccountSettings {
    /// False for kinds that have no blobs.
    var hasBlobs: Bool { kind != "FileStorage" }
    var hasTiers: Bool { kind != "BlockBlobStorage" && !sku.hasPrefix("Premium") }
    /// Blobs that lie in several zones cannot be archived.
    var canArchive: Bool { hasTiers && !sku.contains("ZRS") }
}

/// What keeps the blobs of a container from being changed and removed.
public struct ContainerProtection: Sendable, Equatable {
    public var hasLegalHold: Bool
    /// For how many days blobs stay as they were made; `nil` without such a policy.
    public var days: Int?
    /// Whether append blobs may grow nevertheless.
    public var allowsAppending: Bool

    public init(hasLegalHold: Bool = false, days: Int? = nil, allowsAppending: Bool = false) {
        self.hasLegalHold = hasLegalHold
        self.days = days
        self.allowsAppending = allowsAppending
    }
}
