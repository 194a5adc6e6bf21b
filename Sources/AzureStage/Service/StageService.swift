public import HTTPListener
import HTTPMessages

/// Which of the stage's services a request is for.
enum StageService: String, Sendable, CaseIterable {
    /// Entra ID: tokens, keys, and what clients ask before.
    case tokens
    /// Managed identities.
    case metadata
    case management
    case vaults
    /// The stage itself.
    case control

    var failures: StageFailure.Service {
        switch self {
        case .tokens: .entra
        case .metadata: .metadata
        case .management, .vaults, .control: .management
        }
    }

    /// The first part of the path tells; `nil` where it is an account's name.
    init?(_ head: ListenerRequest) {
        let segments = RequestTarget(head.target).path.cut(at: "/", keepingEmpty: false).map { $0.lowercased() }
        if Self.vault(ofHost: head.fields["Host"] ?? "") != nil {
            self = .vaults
            return
        }
        guard head.target.hasPrefix("/"), let first = segments.first else { return nil }
        switch first {
        case "subscriptions", "tenants", "providers": self = .management
        case "metadata", "msi": self = .metadata
        case "vaults": self = .vaults
        case "stage": self = .control
        default:
            guard segments.count > 1, Self.ofTenants.contains(segments[1]) else { return nil }
            // Accounts have neither hyphens nor dots in their names, tenants have; the other two are no names of accounts.
            guard first.contains("-") || first.contains(".") || ["common", "organizations"].contains(first) else {
                return nil
            }
            self = .tokens
        }
    }

    private static let ofTenants: Set = ["oauth2", "discovery", "v2.0", ".well-known"]

    /// The vault named by hosts such as `name.vault.localhost`.
    static func vault(ofHost host: String) -> String? {
        let labels = host.prefix { $0 != ":" }.split(separator: ".", omittingEmptySubsequences: false)
        return labels.count > 2 && labels[1].lowercased() == "vault" ? labels[0].lowercased() : nil
    }
}

extension AzureStage {
    /// True for a request to the stage; every other is for the blob service.
    public static func serves(_ head: ListenerRequest) -> Bool { StageService(head) != nil }
}
