import AzureIdentity
import Testing

@testable import AzureManagement

/// A situation, and what a rule must say of it; it begins with one of which no rule has anything to say.
struct RuleCase: Sendable, CustomTestStringConvertible {
    enum Outcome: Sendable, Equatable {
        case holds
        case undecided
        case broken(AccountFinding.Severity)
    }

    let rule: String
    let job: AccountJob
    let outcome: Outcome
    let change: @Sendable (inout AccountSituation) -> Void

    init(
        _ rule: String, _ job: AccountJob, _ outcome: Outcome,
        _ change: @escaping @Sendable (inout AccountSituation) -> Void = { _ in }
    ) {
        self.rule = rule
        self.job = job
        self.outcome = outcome
        self.change = change
    }

    var testDescription: String { "\(rule) \(job.rawValue) \(outcome)" }

    static let all = state + tenant + network + access + features + protection + placement + rights

    private static let state = [
        RuleCase("SA001", .upload, .holds),
        RuleCase("SA001", .upload, .broken(.error)) { $0.account.provisioningState = "ResolvingDNS" },
        RuleCase("SA002", .upload, .holds),
        RuleCase("SA002", .upload, .broken(.error)) { $0.account.statusOfPrimary = "unavailable" },
        RuleCase("SA002", .download, .broken(.warning)) {
            $0.account.statusOfPrimary = "unavailable"
            $0.account.statusOfSecondary = "Available"
            $0.account.secondaryEndpoints = .init(blob: "https://pgbackups01-secondary.blob.core.windows.net/")
        },
        RuleCase("SA002", .download, .broken(.error)) { $0.account.statusOfPrimary = "unavailable" },
        RuleCase("SA003", .upload, .holds) { $0.account.failoverInProgress = false },
        RuleCase("SA003", .upload, .broken(.error)) { $0.account.failoverInProgress = true },
        RuleCase("SA003", .copyDestination, .broken(.error)) { $0.account.accountMigrationInProgress = true },
        RuleCase("SA004", .download, .holds),
        RuleCase("SA004", .download, .broken(.error)) { $0.account.kind = "filestorage" },
        RuleCase("SA005", .download, .holds) { $0.account.kind = "BlockBlobStorage" },
        RuleCase("SA005", .download, .broken(.warning)) { $0.account.kind = "Storage" },
        RuleCase("SA005", .download, .broken(.warning)) { $0.account.kind = "BlobStorage" },
        RuleCase("SA006", .upload, .holds),
        RuleCase("SA006", .upload, .broken(.note)) { $0.account.kind = "BlockBlobStorage" },
        RuleCase("SA006", .upload, .broken(.note)) { $0.account.sku = .init(name: "Premium_LRS", tier: "Premium") },
    ]

    private static let tenant = [
        RuleCase("SA010", .restoreTarget, .holds) { $0.account.allowCrossTenantReplication = true },
        RuleCase("SA010", .restoreTarget, .broken(.error)) { $0.account.allowCrossTenantReplication = false },
        // Null means false for an account made on or after 15 December 2023, and true for an older one.
        RuleCase("SA010", .restoreTarget, .broken(.error)) {
            $0.account.creationTime = ResourceTime("2023-12-15T00:00:00.0000000Z")
        },
        RuleCase("SA010", .restoreTarget, .holds) {
            $0.account.creationTime = ResourceTime("2023-12-14T23:59:59.9999999Z")
        },
        RuleCase("SA010", .restoreTarget, .broken(.warning)) { $0.account.creationTime = nil },
        RuleCase("SA011", .upload, .holds),
        RuleCase("SA011", .upload, .broken(.note)) { $0.account.allowCrossTenantReplication = true },
        RuleCase("SA011", .copySource, .broken(.note)) {
            $0.account.creationTime = ResourceTime("2020-01-01T00:00:00Z")
        },
        RuleCase("SA012", .copyDestination, .holds),
        RuleCase("SA012", .copyDestination, .holds) { $0.account.allowedCopyScope = "All" },
        RuleCase("SA012", .copyDestination, .broken(.error)) { $0.account.allowedCopyScope = "AAD" },
        RuleCase("SA012", .restoreTarget, .broken(.warning)) { $0.account.allowedCopyScope = "privatelink" },
        RuleCase("SA013", .copySource, .holds),
        RuleCase("SA013", .copySource, .broken(.note)) { $0.account.allowCrossTenantDelegationSas = nil },
        RuleCase("SA013", .copySource, .broken(.error)) {
            $0.account.allowCrossTenantDelegationSas = false
            $0.hasForeignDelegation = true
        },
    ]

    private static let network = [
        RuleCase("SA020", .restoreTarget, .holds),
        RuleCase("SA020", .restoreTarget, .broken(.error)) { $0.account.publicNetworkAccess = "disabled" },
        RuleCase("SA021", .upload, .holds) { $0.account.publicNetworkAccess = "Enabled" },
        RuleCase("SA021", .upload, .broken(.error)) { $0.account.publicNetworkAccess = "Disabled" },
        RuleCase("SA021", .upload, .broken(.error)) {
            $0.account.publicNetworkAccess = "Disabled"
            $0.account.privateEndpointConnections = [.init(name: "pe", status: "Pending")]
        },
        RuleCase("SA021", .upload, .broken(.warning)) {
            $0.account.publicNetworkAccess = "Disabled"
            $0.account.privateEndpointConnections = [.init(name: "pe", status: "Approved")]
        },
        RuleCase("SA022", .download, .holds),
        RuleCase("SA022", .download, .broken(.warning)) { $0.account.publicNetworkAccess = "SecuredByPerimeter" },
        RuleCase("SA023", .restoreTarget, .holds) { $0.account.networkAcls = .init(defaultAction: "Deny") },
        RuleCase("SA023", .restoreTarget, .holds) {
            $0.account.networkAcls = .init(defaultAction: "Deny", bypass: "Logging, azureservices")
        },
        RuleCase("SA023", .restoreTarget, .broken(.warning)) {
            $0.account.networkAcls = .init(defaultAction: "deny", bypass: "Logging, Metrics")
        },
        RuleCase("SA024", .upload, .holds) { $0.account.networkAcls = .init(defaultAction: "Allow") },
        RuleCase("SA024", .upload, .holds) {
            $0.account.networkAcls = .init(defaultAction: "Deny", ipRules: [.init(value: "203.0.113.0/24")])
            $0.callerAddress = IPv4Address("203.0.113.9")
        },
        RuleCase("SA024", .upload, .broken(.warning)) { $0.account.networkAcls = .init(defaultAction: "Deny") },
        RuleCase("SA024", .upload, .broken(.error)) {
            $0.account.networkAcls = .init(defaultAction: "Deny", ipRules: [.init(value: "203.0.113.0/24")])
            $0.callerAddress = IPv4Address("198.51.100.1")
        },
        // A subnet may let the caller in, which its public address does not tell.
        RuleCase("SA024", .upload, .broken(.warning)) {
            $0.account.networkAcls = .init(
                defaultAction: "Deny", virtualNetworkRules: [.init(id: "subnet", state: "Succeeded")])
            $0.callerAddress = IPv4Address("198.51.100.1")
        },
        // Where public access is off, the firewall counts for nothing.
        RuleCase("SA024", .upload, .holds) {
            $0.account.networkAcls = .init(defaultAction: "Deny")
            $0.account.publicNetworkAccess = "Disabled"
        },
        RuleCase("SA025", .upload, .holds) {
            $0.account.networkAcls = .init(virtualNetworkRules: [.init(id: "subnet", state: "succeeded")])
        },
        RuleCase("SA025", .upload, .broken(.warning)) {
            $0.account.networkAcls = .init(virtualNetworkRules: [.init(id: "subnet", state: "NetworkSourceDeleted")])
        },
        RuleCase("SA026", .upload, .holds) {
            $0.account.privateEndpointConnections = [.init(name: "pe", status: "Approved")]
        },
        RuleCase("SA026", .upload, .broken(.warning)) {
            $0.account.privateEndpointConnections = [
                .init(name: "pe", status: "Approved"), .init(name: "other", status: "Rejected"),
            ]
        },
        RuleCase("SA027", .copySource, .holds),
        RuleCase("SA027", .copyDestination, .broken(.warning)) {
            $0.account.networkAcls = .init(defaultAction: "Deny")
        },
    ]

    private static let access = [
        RuleCase("SA030", .upload, .holds),
        RuleCase("SA030", .upload, .broken(.warning)) { $0.account.allowBlobPublicAccess = true },
        RuleCase("SA030", .upload, .broken(.warning)) {
            $0.account.creationTime = ResourceTime("2023-10-31T00:00:00Z")
        },
        RuleCase("SA031", .upload, .holds) { $0.changeContainer { $0.publicAccess = "none" } },
        RuleCase("SA031", .upload, .broken(.error)) { $0.changeContainer { $0.publicAccess = "Blob" } },
        RuleCase("SA031", .upload, .undecided) { $0.container = .unknown },
        RuleCase("SA032", .upload, .holds) { $0.credential = .entra },
        RuleCase("SA032", .restoreTarget, .holds),
        RuleCase("SA032", .upload, .holds) {
            $0.credential = .sharedKey
            $0.account.allowSharedKeyAccess = nil
        },
        RuleCase("SA032", .upload, .broken(.error)) { $0.credential = .sharedKey },
        RuleCase("SA032", .upload, .broken(.warning)),
        // The switch of the blob service goes before that of the account.
        RuleCase("SA032", .upload, .broken(.error)) {
            $0.credential = .sharedKey
            $0.account.allowSharedKeyAccess = true
            $0.account.allowSharedKeyAccessForServices = .init(blob: .init(enabled: false))
        },
        RuleCase("SA033", .upload, .holds) { $0.credential = .entra },
        RuleCase("SA033", .upload, .broken(.warning)) {
            $0.credential = .entra
            $0.account.allowSharedKeyAccess = true
        },
        RuleCase("SA033", .upload, .broken(.note)) {
            $0.credential = .entra
            $0.account.allowSharedKeyAccess = nil
        },
        RuleCase("SA034", .copySource, .holds),
        RuleCase("SA034", .copySource, .holds) {
            $0.account.sasPolicy = .init(sasExpirationPeriod: "1.00:00:00", expirationAction: "Block")
            $0.signatureLife = .seconds(86_400)
        },
        RuleCase("SA034", .copySource, .broken(.error)) {
            $0.account.sasPolicy = .init(sasExpirationPeriod: "0.01:00:00", expirationAction: "block")
            $0.signatureLife = .seconds(3_601)
        },
        RuleCase("SA034", .copySource, .broken(.warning)) {
            $0.account.sasPolicy = .init(sasExpirationPeriod: "0.01:00:00", expirationAction: "Log")
            $0.signatureLife = .seconds(3_601)
        },
        RuleCase("SA034", .copySource, .broken(.warning)) {
            $0.account.sasPolicy = .init(sasExpirationPeriod: "0.01:00:00", expirationAction: "Block")
        },
        RuleCase("SA034", .copySource, .undecided) { $0.account.sasPolicy = .init(sasExpirationPeriod: "P1D") },
        RuleCase("SA035", .upload, .holds) {
            $0.account.keyPolicy = .init(keyExpirationPeriodInDays: 60)
            $0.account.keyCreationTime = .init(
                key1: ResourceTime("2026-11-01T00:00:00Z"), key2: ResourceTime("2026-10-01T00:00:00Z"))
        },
        RuleCase("SA035", .upload, .broken(.warning)) {
            $0.account.keyPolicy = .init(keyExpirationPeriodInDays: 60)
            $0.account.keyCreationTime = .init(
                key1: ResourceTime("2026-11-01T00:00:00Z"), key2: ResourceTime("2026-09-01T00:00:00Z"))
        },
        RuleCase("SA036", .upload, .holds),
        RuleCase("SA036", .upload, .broken(.warning)) { $0.account.supportsHttpsTrafficOnly = false },
        RuleCase("SA036", .upload, .broken(.warning)) {
            $0.account.creationTime = ResourceTime("2019-03-31T00:00:00Z")
        },
        RuleCase("SA037", .upload, .holds) { $0.account.minimumTlsVersion = "TLS1_3" },
        RuleCase("SA037", .upload, .broken(.warning)) { $0.account.minimumTlsVersion = nil },
        RuleCase("SA037", .upload, .broken(.warning)) { $0.account.minimumTlsVersion = "TLS1_1" },
    ]

    private static let features = [
        RuleCase("SA040", .restoreTarget, .holds),
        RuleCase("SA040", .restoreTarget, .broken(.warning)) { $0.account.isHnsEnabled = true },
        RuleCase("SA041", .upload, .holds) { $0.account.isHnsEnabled = true },
        RuleCase("SA041", .upload, .broken(.error)) {
            $0.account.isHnsEnabled = true
            $0.wantsTags = true
        },
        RuleCase("SA041", .copyDestination, .broken(.error)) {
            $0.account.isHnsEnabled = true
            $0.wantsVersionImmutability = true
        },
        RuleCase("SA050", .download, .holds),
        RuleCase("SA050", .download, .holds) { $0.account.encryption = .customer(until: "2027-06-01T00:00:00Z") },
        RuleCase("SA050", .download, .broken(.warning)) {
            $0.account.encryption = .customer(until: "2026-12-01T00:00:00Z")
        },
        RuleCase("SA050", .download, .broken(.error)) {
            $0.account.encryption = .customer(until: "2026-11-21T11:59:59Z")
        },
        RuleCase("SA051", .upload, .holds),
        RuleCase("SA051", .upload, .holds) {
            $0.encryptionScope = "mine"
            $0.changeContainer { $0.defaultEncryptionScope = "other" }
        },
        RuleCase("SA051", .upload, .broken(.error)) {
            $0.encryptionScope = "mine"
            $0.changeContainer {
                $0.defaultEncryptionScope = "other"
                $0.denyEncryptionScopeOverride = true
            }
        },
        RuleCase("SA051", .upload, .undecided) {
            $0.encryptionScope = "mine"
            $0.container = .unknown
        },
        RuleCase("SA060", .upload, .holds) { $0.changeContainer { $0.hasLegalHold = false } },
        RuleCase("SA060", .upload, .broken(.warning)) { $0.changeContainer { $0.hasLegalHold = true } },
        RuleCase("SA060", .upload, .broken(.error)) {
            $0.overwrites = true
            $0.changeContainer { $0.hasLegalHold = true }
        },
        RuleCase("SA061", .upload, .holds),
        RuleCase("SA061", .upload, .holds) {
            $0.retentionDays = 30
            $0.changeContainer { $0.immutabilityPolicy = .init(days: 30, state: "Locked") }
        },
        RuleCase("SA061", .upload, .broken(.warning)) {
            $0.retentionDays = 29
            $0.changeContainer { $0.immutabilityPolicy = .init(days: 30, state: "Locked") }
        },
        RuleCase("SA061", .upload, .broken(.warning)) {
            $0.changeContainer { $0.immutabilityPolicy = .init(days: 1, state: "Unlocked") }
        },
        RuleCase("SA062", .upload, .holds),
        RuleCase("SA062", .upload, .broken(.note)) {
            $0.account.immutableStorageWithVersioning = .init(enabled: true)
        },
        RuleCase("SA062", .upload, .broken(.note)) {
            $0.changeContainer { $0.immutableStorageWithVersioning = .init(enabled: true) }
        },
        RuleCase("SA063", .upload, .holds) { $0.changeContainer { $0.leaseState = "Available" } },
        RuleCase("SA063", .upload, .broken(.note)) { $0.changeContainer { $0.leaseState = "Leased" } },
    ]

    private static let protection = [
        RuleCase("SA070", .upload, .holds),
        RuleCase("SA070", .upload, .broken(.warning)) { $0.blobService = BlobService() },
        RuleCase("SA070", .upload, .undecided) { $0.blobService = nil },
        RuleCase("SA071", .upload, .holds),
        RuleCase("SA071", .upload, .broken(.warning)) {
            $0.blobService?.containerDeleteRetentionPolicy = .init(enabled: false)
        },
        RuleCase("SA072", .upload, .holds),
        RuleCase("SA072", .upload, .broken(.note)) { $0.blobService?.isVersioningEnabled = nil },
        RuleCase("SA073", .upload, .holds),
        RuleCase("SA073", .upload, .broken(.note)) { $0.blobService?.restorePolicy = nil },
        RuleCase("SA073", .upload, .broken(.note)) { $0.blobService?.restorePolicy?.days = 14 },
        RuleCase("SA073", .upload, .broken(.note)) { $0.blobService?.changeFeed = .init(enabled: false) },
    ]

    private static let placement = [
        RuleCase("SA080", .upload, .holds),
        RuleCase("SA080", .upload, .broken(.error)) { $0.tier = "archive" },
        RuleCase("SA080", .upload, .holds) {
            $0.tier = "Archive"
            $0.account.sku?.name = "Standard_GRS"
        },
        RuleCase("SA081", .upload, .holds),
        RuleCase("SA081", .upload, .broken(.note)) { $0.account.sku?.name = "Standard_LRS" },
        RuleCase("SA082", .restoreTarget, .holds) { $0.vault.location = "West Europe" },
        RuleCase("SA082", .restoreTarget, .broken(.error)) { $0.vault.location = "northeurope" },
        RuleCase("SA082", .restoreTarget, .undecided),
        RuleCase("SA083", .restoreTarget, .holds) { $0.vault.subscription = "S1" },
        RuleCase("SA083", .restoreTarget, .broken(.warning)) { $0.vault.subscription = "s2" },
        RuleCase("SA083", .restoreTarget, .undecided),
        RuleCase("SA084", .restoreTarget, .holds) {
            $0.vault.tenant = "T1"
            $0.tenant = "t1"
        },
        RuleCase("SA084", .restoreTarget, .broken(.error)) {
            $0.vault.tenant = "t1"
            $0.tenant = "t2"
        },
        RuleCase("SA084", .restoreTarget, .undecided) { $0.vault.tenant = "t1" },
    ]

    private static let rights = [
        RuleCase("SA090", .restoreTarget, .undecided),
        RuleCase("SA090", .restoreTarget, .holds) { $0.assign(.dataContributor) },
        RuleCase("SA090", .restoreTarget, .broken(.error)) { $0.assign(.dataReader) },
        RuleCase("SA090", .restoreTarget, .broken(.error)) {
            $0.vault.principal = "p1"
            $0.assignments = []
        },
        // A role of the tenant's own, whose definition could not be read.
        RuleCase("SA090", .restoreTarget, .broken(.warning)) {
            $0.vault.principal = "p1"
            $0.assignments = [RoleAssignment(principalId: "p1", roleDefinitionId: "/own", scope: "/")]
        },
        RuleCase("SA090", .restoreTarget, .broken(.warning)) { $0.assign(.dataOwner, condition: "@Resource …") },
        RuleCase("SA091", .upload, .undecided),
        RuleCase("SA091", .upload, .holds) { $0.credential = .sharedKey },
        RuleCase("SA091", .upload, .holds) {
            $0.permissions = [
                PermissionGrant(
                    actions: ["Microsoft.Storage/storageAccounts/blobServices/containers/*"],
                    dataActions: ["microsoft.storage/storageAccounts/blobServices/containers/blobs/*"])
            ]
        },
        // Somebody may do everything with the description of the account, and nothing with its blobs.
        RuleCase("SA091", .upload, .broken(.error)) { $0.permissions = [PermissionGrant(actions: ["*"])] },
        RuleCase("SA091", .download, .broken(.error)) {
            $0.permissions = [
                PermissionGrant(actions: ["*"], dataActions: ["*"], notDataActions: ["*/blobs/read"])
            ]
        },
        // What one role takes back another one may give.
        RuleCase("SA091", .download, .holds) {
            $0.permissions = [
                PermissionGrant(actions: ["*"], dataActions: ["*"], notDataActions: ["*/blobs/read"]),
                PermissionGrant(dataActions: ["*/blobs/read"]),
            ]
        },
        RuleCase("SA091", .copyDestination, .holds) {
            $0.permissions = [PermissionGrant(dataActions: ["*/blobs/add/action"])]
        },
        RuleCase("SA092", .upload, .undecided),
        RuleCase("SA092", .upload, .holds) { $0.locks = [ResourceLock(name: "keep", level: "CanNotDelete")] },
        RuleCase("SA092", .upload, .broken(.warning)) { $0.locks = [ResourceLock(name: "keep", level: "readonly")] },
        RuleCase("SA092", .download, .holds) {
            $0.locks = [ResourceLock(name: "keep", level: "ReadOnly")]
            $0.credential = .entra
        },
        RuleCase("SA093", .upload, .holds),
        RuleCase("SA093", .upload, .undecided) { $0.container = .unknown },
        RuleCase("SA093", .upload, .broken(.error)) { $0.container = .missing(name: "backups") },
    ]
}

extension AccountSituation {
    fileprivate mutating func changeContainer(_ change: (inout BlobContainer) -> Void) {
        guard case .found(var found) = container else { return }
        change(&found)
        container = .found(found)
    }

    fileprivate mutating func assign(_ role: BlobRole, condition: String? = nil) {
        vault.principal = "p1"
        assignments = [
            RoleAssignment(
                principalId: "P1",
                roleDefinitionId: "/providers/Microsoft.Authorization/roleDefinitions/\(role.rawValue)",
                scope: "/", condition: condition)
        ]
    }
}

extension StorageAccount.Encryption {
    fileprivate static func customer(until end: String) -> Self {
        Self(
            keySource: "Microsoft.Keyvault",
            keyVaultProperties: .init(currentVersionedKeyExpirationTimestamp: ResourceTime(end)))
    }
}
