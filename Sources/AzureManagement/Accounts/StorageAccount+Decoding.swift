extension StorageAccount: Decodable {
    public init(from decoder: any Decoder) throws {
        let fields = try ResourceFields(decoder)
        id = try fields.value("id", of: String.self).flatMap { ResourceID($0) }
        name = try fields.value("name") ?? id?.storageAccount
        kind = try fields.value("kind")
        sku = try fields.value("sku")
        location = try fields.value("location")
        identity = try fields.value("identity")

        provisioningState = try fields.value("provisioningState")
        statusOfPrimary = try fields.value("statusOfPrimary")
        statusOfSecondary = try fields.value("statusOfSecondary")
        failoverInProgress = try fields.value("failoverInProgress")
        accountMigrationInProgress = try fields.value("accountMigrationInProgress")
        creationTime = try fields.value("creationTime")
        primaryEndpoints = try fields.value("primaryEndpoints")
        secondaryEndpoints = try fields.value("secondaryEndpoints")
        isHnsEnabled = try fields.value("isHnsEnabled")

        allowCrossTenantReplication = try fields.value("allowCrossTenantReplication")
        allowedCopyScope = try fields.value("allowedCopyScope")
        allowCrossTenantDelegationSas = try fields.value("allowCrossTenantDelegationSas")

        publicNetworkAccess = try fields.value("publicNetworkAccess")
        networkAcls = try fields.value("networkAcls", "networkRuleSet")
        privateEndpointConnections = try fields.value("privateEndpointConnections")

        allowBlobPublicAccess = try fields.value("allowBlobPublicAccess")
        allowSharedKeyAccess = try fields.value("allowSharedKeyAccess")
        allowSharedKeyAccessForServices = try fields.value("allowSharedKeyAccessForServices")
        supportsHttpsTrafficOnly = try fields.value("supportsHttpsTrafficOnly", "enableHttpsTrafficOnly")
        minimumTlsVersion = try fields.value("minimumTlsVersion")
        sasPolicy = try fields.value("sasPolicy")
        keyPolicy = try fields.value("keyPolicy")
        keyCreationTime = try fields.value("keyCreationTime")

        encryption = try fields.value("encryption")
        immutableStorageWithVersioning = try fields.value("immutableStorageWithVersioning")
    }
}

extension StorageAccount.Encryption: Decodable {
    public init(from decoder: any Decoder) throws {
        let fields = try ResourceFields(decoder)
        keySource = try fields.value("keySource")
        keyVaultProperties = try fields.value("keyvaultproperties", "keyVaultProperties")
    }
}

extension StorageAccount.NetworkRules.AddressRule: Decodable {
    public init(from decoder: any Decoder) throws {
        value = try ResourceFields(decoder).value("value", "ipAddressOrRange")
    }
}

extension StorageAccount.NetworkRules.SubnetRule: Decodable {
    public init(from decoder: any Decoder) throws {
        let fields = try ResourceFields(decoder)
        id = try fields.value("id", "virtualNetworkResourceId")
        state = try fields.value("state")
    }
}

extension StorageAccount.PrivateEndpointConnection: Decodable {
    private struct State: Decodable { let status: ResourceWord? }

    public init(from decoder: any Decoder) throws {
        let fields = try ResourceFields(decoder)
        name = try fields.value("name")
        status = try fields.value("privateLinkServiceConnectionState", of: State.self)?.status
    }
}
