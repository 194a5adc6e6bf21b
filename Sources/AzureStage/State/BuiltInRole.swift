import AzureManagement

/// A role that every tenant has, with what it allows as far as the stage asks for it.
///
/// Source: <https://learn.microsoft.com/azure/role-based-access-control/built-in-roles>
struct BuiltInRole: Sendable {
    let id: String
    let name: String
    let grant: PermissionGrant

    private static let blobService = "Microsoft.Storage/storageAccounts/blobServices/"
    private static let containers = blobService + "containers/"
    private static let delegate = blobService + "generateUserDelegationKey/action"
    private static let vault = "Microsoft.KeyVault/vaults/"

    static let all = [
        BuiltInRole(
            id: BlobRole.dataReader.rawValue, name: BlobRole.dataReader.name,
            grant: PermissionGrant(actions: [containers + "read", delegate], dataActions: [containers + "blobs/read"])),
        BuiltInRole(
            id: BlobRole.dataContributor.rawValue, name: BlobRole.dataContributor.name,
            grant: PermissionGrant(
                actions: ["delete", "read", "write"].map { containers + $0 } + [delegate],
                dataActions: ["delete", "read", "write", "move/action", "add/action"].map { containers + "blobs/" + $0 }
            )),
        BuiltInRole(
            id: BlobRole.dataOwner.rawValue, name: BlobRole.dataOwner.name,
            grant: PermissionGrant(actions: [containers + "*", delegate], dataActions: [containers + "blobs/*"])),
        BuiltInRole(
            id: BlobRole.delegator.rawValue, name: BlobRole.delegator.name,
            grant: PermissionGrant(actions: [delegate])),
        BuiltInRole(
            id: "acdd72a7-3385-48ef-bd42-f606fba81ae7", name: "Reader", grant: PermissionGrant(actions: ["*/read"])),
        BuiltInRole(
            id: "17d1049b-9a84-46fb-8f53-869881c3d3ab", name: "Storage Account Contributor",
            grant: PermissionGrant(
                actions: ["Microsoft.Authorization/*/read", "Microsoft.Storage/storageAccounts/*"])),
        BuiltInRole(
            id: "b24988ac-6180-42a0-ab88-20f7382dd24c", name: "Contributor",
            grant: PermissionGrant(
                actions: ["*"],
                notActions: ["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"])),
        BuiltInRole(
            id: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", name: "Owner", grant: PermissionGrant(actions: ["*"])),
        BuiltInRole(
            id: "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", name: "User Access Administrator",
            grant: PermissionGrant(actions: ["*/read", "Microsoft.Authorization/*"])),
        BuiltInRole(
            id: "4633458b-17de-408a-b874-0445c86b69e6", name: "Key Vault Secrets User",
            grant: PermissionGrant(
                dataActions: [vault + "secrets/getSecret/action", vault + "secrets/readMetadata/action"])),
        BuiltInRole(
            id: "b86a8fe4-44ce-4948-aee5-eccb2c155cd7", name: "Key Vault Secrets Officer",
            grant: PermissionGrant(dataActions: [vault + "secrets/*"])),
    ]

    /// The role of that name, or of that id, or of a definition whose name ends in that id.
    static func named(_ text: String) -> BuiltInRole? {
        let last = text.split(separator: "/").last?.lowercased() ?? ""
        return all.first { $0.id == last || $0.name.lowercased() == text.lowercased() }
    }

    /// The name of its definition in a subscription.
    func definition(in subscription: String) -> String {
        "/subscriptions/\(subscription)/providers/Microsoft.Authorization/roleDefinitions/\(id)"
    }
}
