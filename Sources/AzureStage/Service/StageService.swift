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
        if let service = Self.ofFirst[first] {
            self = service
            return
        }
        guard segments.count > 1, Self.ofTenants.contains(segments[1]) else { return nil }
        // Accounts have neither hyphens nor dots in their names, as tenants have.
        guard first.contains("-") || first.contains(".") || first == "common" else { return nil }
        self = .tokens
    }

    /// What paths begin with that are no tenant's; no account may be called so.
    static let ofFirst: [String: StageService] = [
        "subscriptions": .management, "tenants": .management, "providers": .management, "metadata": .metadata,
        "msi": .metadata, "vaults": .vaults, "stage": .control,
    ]

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
