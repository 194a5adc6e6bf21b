/// A built-in role that gives rights on blobs.
///
/// Identifiers and rights are those of Azure's list of built-in roles; they are the same in every tenant and cloud.
/// Source: <https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/storage>
public enum BlobRole: String, Sendable, CaseIterable {
    case dataReader = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
    case dataContributor = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
    case dataOwner = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"
    case delegator = "db58b8e5-c6ad-4a2a-8342-4190687cbf4a"

    public var name: String {
        switch self {
        case .dataReader: "Storage Blob Data Reader"
        case .dataContributor: "Storage Blob Data Contributor"
        case .dataOwner: "Storage Blob Data Owner"
        case .delegator: "Storage Blob Delegator"
        }
    }

    /// What it allows on blobs and containers.
    public var grants: [PermissionGrant] {
        let containers = "Microsoft.Storage/storageAccounts/blobServices/containers/"
        let delegation = StorageAction.delegateKey.name
        switch self {
        case .dataReader:
            return [
                PermissionGrant(actions: [containers + "read", delegation], dataActions: [containers + "blobs/read"])
            ]
        case .dataContributor:
            let onBlobs = ["delete", "read", "write", "move/action", "add/action"]
            return [
                PermissionGrant(
                    actions: ["delete", "read", "write"].map { containers + $0 } + [delegation],
                    dataActions: onBlobs.map { containers + "blobs/" + $0 })
            ]
        case .dataOwner:
            return [PermissionGrant(actions: [containers + "*", delegation], dataActions: [containers + "blobs/*"])]
        case .delegator: return [PermissionGrant(actions: [delegation])]
        }
    }

    /// The role of a definition's resource name, which ends in its identifier.
    init?(definition: String) {
        guard let last = definition.split(separator: "/").last else { return nil }
        self.init(rawValue: last.lowercased())
    }
}
