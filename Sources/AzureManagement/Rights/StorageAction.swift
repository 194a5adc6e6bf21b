/// An action on a storage account that a role may allow.
public struct StorageAction: Sendable, Hashable {
    public let name: String
    /// True for an action on blobs and what they hold; false for one on the account's description.
    public let isOnData: Bool

    public init(name: String, isOnData: Bool) {
        self.name = name
        self.isOnData = isOnData
    }

    private static let containers = "Microsoft.Storage/storageAccounts/blobServices/containers"

    public static let readBlobs = StorageAction(name: containers + "/blobs/read", isOnData: true)
    public static let writeBlobs = StorageAction(name: containers + "/blobs/write", isOnData: true)
    /// To write a blob that is not there yet.
    public static let addBlobs = StorageAction(name: containers + "/blobs/add/action", isOnData: true)
    public static let writeTags = StorageAction(name: containers + "/blobs/tags/write", isOnData: true)
    /// To see a container and to list its blobs.
    public static let readContainers = StorageAction(name: containers + "/read", isOnData: false)
    public static let listKeys = StorageAction(
        name: "Microsoft.Storage/storageAccounts/listkeys/action", isOnData: false)
    public static let delegateKey = StorageAction(
        name: "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action", isOnData: false)
}
