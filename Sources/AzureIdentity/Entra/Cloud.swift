public import HTTPMessages

/// The addresses of one of Azure's clouds, which are data: a cloud of one's own can be described as well.
public struct Cloud: Sendable, Equatable {
    /// Where tokens are asked for, such as `https://login.microsoftonline.com`.
    public var authority: HTTPURL
    /// The resource manager, such as `https://management.azure.com`.
    public var management: HTTPURL
    /// What tokens for Key Vault are asked for, such as `https://vault.azure.net`; the hosts of vaults end in its host.
    public var vault: HTTPURL
    /// What tokens that are passwords of PostgreSQL are asked for.
    public var postgres: HTTPURL
    /// What the hosts of storage accounts end in, such as `core.windows.net`.
    public var storageSuffix: String

    public init(
        authority: HTTPURL, management: HTTPURL, vault: HTTPURL, postgres: HTTPURL, storageSuffix: String
    ) {
        self.authority = authority
        self.management = management
        self.vault = vault
        self.postgres = postgres
        self.storageSuffix = storageSuffix
    }

    public static let `public` = Cloud(
        authority: HTTPURL(scheme: .https, host: "login.microsoftonline.com"),
        management: HTTPURL(scheme: .https, host: "management.azure.com"),
        vault: HTTPURL(scheme: .https, host: "vault.azure.net"),
        postgres: HTTPURL(scheme: .https, host: "ossrdbms-aad.database.windows.net"),
        storageSuffix: "core.windows.net")

    public static let china = Cloud(
        authority: HTTPURL(scheme: .https, host: "login.partner.microsoftonline.cn"),
        management: HTTPURL(scheme: .https, host: "management.chinacloudapi.cn"),
        vault: HTTPURL(scheme: .https, host: "vault.azure.cn"),
        postgres: HTTPURL(scheme: .https, host: "ossrdbms-aad.database.chinacloudapi.cn"),
        storageSuffix: "core.chinacloudapi.cn")

    public static let usGovernment = Cloud(
        authority: HTTPURL(scheme: .https, host: "login.microsoftonline.us"),
        management: HTTPURL(scheme: .https, host: "management.usgovcloudapi.net"),
        vault: HTTPURL(scheme: .https, host: "vault.usgovcloudapi.net"),
        postgres: HTTPURL(scheme: .https, host: "ossrdbms-aad.database.usgovcloudapi.net"),
        storageSuffix: "core.usgovcloudapi.net")

    /// The resource that a token is asked for, without `/.default`: storage has the same in every cloud.
    public func resource(for audience: TokenAudience) -> String {
        switch audience {
        case .storage: "https://storage.azure.com"
        case .management: management.description
        case .vault: vault.description
        case .postgres: postgres.description
        }
    }
}

/// What a token lets one speak to.
public enum TokenAudience: String, Sendable, CaseIterable {
    case storage
    case management
    case vault
    case postgres
}
