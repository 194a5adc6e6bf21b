/// The kinds of credentials that can be asked for with `--auth`.
public enum CredentialKind: String, Sendable, CaseIterable {
    case connectionString = "connection-string"
    case key
    case sas
    case anonymous
    case clientSecret = "client-secret"
    case clientCertificate = "client-certificate"
    case workloadIdentity = "workload-identity"
    case managedIdentity = "managed-identity"
    case azureCLI = "azure-cli"

    /// Where identities of this kind are found; `nil` for what is no identity of Entra ID.
    public var identityPlace: CredentialPlace? {
        switch self {
        case .clientSecret: .clientSecret
        case .clientCertificate: .clientCertificate
        case .workloadIdentity: .workloadIdentity
        case .managedIdentity: .managedIdentity
        case .azureCLI: .azureCLI
        case .connectionString, .key, .sas, .anonymous: nil
        }
    }
}
