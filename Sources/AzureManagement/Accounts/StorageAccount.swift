/// A storage account as the resource manager describes it.
///
/// A property that is missing and one that is null mean the same, and are both `nil` here; what the service takes a
/// missing one for is in `StorageAccount+Defaults.swift`. Property names are those of api-version 2023-05-01 and later.
public struct StorageAccount: Sendable, Equatable {
    public var id: ResourceID?
    public var name: String?
    public var kind: ResourceWord?
    public var sku: SKU?
    public var location: String?
    public var identity: Identity?

    public var provisioningState: ResourceWord?
    public var statusOfPrimary: ResourceWord?
    public var statusOfSecondary: ResourceWord?
    public var failoverInProgress: Bool?
    public var accountMigrationInProgress: Bool?
    public var creationTime: ResourceTime?
    public var primaryEndpoints: Endpoints?
    public var secondaryEndpoints: Endpoints?
    public var isHnsEnabled: Bool?

    public var allowCrossTenantReplication: Bool?
    public var allowedCopyScope: ResourceWord?
    public var allowCrossTenantDelegationSas: Bool?

    public var publicNetworkAccess: ResourceWord?
    public var networkAcls: NetworkRules?
    public var privateEndpointConnections: [PrivateEndpointConnection]?

    public var allowBlobPublicAccess: Bool?
    public var allowSharedKeyAccess: Bool?
    public var allowSharedKeyAccessForServices: SharedKeyServices?
    public var supportsHttpsTrafficOnly: Bool?
    public var minimumTlsVersion: ResourceWord?
    public var sasPolicy: SASPolicy?
    public var keyPolicy: KeyPolicy?
    public var keyCreationTime: KeyTimes?

    public var encryption: Encryption?
    public var immutableStorageWithVersioning: VersionImmutability?

    public init() {}
}

extension StorageAccount {
    public struct SKU: Sendable, Equatable, Decodable {
        public var name: ResourceWord?
        public var tier: ResourceWord?
    }

    public struct Identity: Sendable, Equatable, Decodable {
        public var type: ResourceWord?
        public var principalId: String?
        public var tenantId: String?
    }

    public struct Endpoints: Sendable, Equatable, Decodable {
        public var blob: String?
    }

    /// Which services take shared keys; goes before the switch of the whole account.
    public struct SharedKeyServices: Sendable, Equatable, Decodable {
        public struct Service: Sendable, Equatable, Decodable { public var enabled: Bool? }
        public var blob: Service?
    }

    public struct SASPolicy: Sendable, Equatable, Decodable {
        /// `DD.HH:MM:SS`.
        public var sasExpirationPeriod: String?
        /// `Log` or `Block`.
        public var expirationAction: ResourceWord?
    }

    public struct KeyPolicy: Sendable, Equatable, Decodable {
        public var keyExpirationPeriodInDays: Int?
    }

    public struct KeyTimes: Sendable, Equatable, Decodable {
        public var key1: ResourceTime?
        public var key2: ResourceTime?
    }

    public struct Encryption: Sendable, Equatable {
        /// `Microsoft.Storage` or `Microsoft.Keyvault`.
        public var keySource: ResourceWord?
        public var keyVaultProperties: KeyVaultProperties?
    }

    public struct KeyVaultProperties: Sendable, Equatable, Decodable {
        public var currentVersionedKeyExpirationTimestamp: ResourceTime?
    }

    public struct VersionImmutability: Sendable, Equatable, Decodable {
        public var enabled: Bool?
    }
}

extension StorageAccount {
    /// Who may reach the account over its public endpoint.
    public struct NetworkRules: Sendable, Equatable, Decodable {
        public struct AddressRule: Sendable, Equatable {
            /// An IPv4 address or a block such as `203.0.113.0/24`.
            public var value: String?
        }

        public struct SubnetRule: Sendable, Equatable {
            public var id: String?
            /// `Succeeded`, or what is wrong with the subnet.
            public var state: ResourceWord?
        }

        /// `Allow` or `Deny`.
        public var defaultAction: ResourceWord?
        /// A list between commas: `None`, `Logging`, `Metrics`, `AzureServices`.
        public var bypass: String?
        public var ipRules: [AddressRule]?
        public var virtualNetworkRules: [SubnetRule]?
    }

    public struct PrivateEndpointConnection: Sendable, Equatable {
        public var name: String?
        /// `Pending`, `Approved`, `Rejected` or `Disconnected`.
        public var status: ResourceWord?
    }
}
