import AzureIdentity

/// What roles allow and withhold, by the names that Azure gives it.
///
/// Source: <https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory#permissions-for-blob-service-operations>
public enum BlobAction: String, Sendable, CaseIterable {
    case readBlobs = "containers/blobs/read"
    case writeBlobs = "containers/blobs/write"
    /// To write a blob that is not there yet.
    case addBlobs = "containers/blobs/add/action"
    case deleteBlobs = "containers/blobs/delete"
    case deleteVersions = "containers/blobs/deleteBlobVersion/action"
    case deletePermanently = "containers/blobs/permanentDelete/action"
    case readTags = "containers/blobs/tags/read"
    case writeTags = "containers/blobs/tags/write"
    case filterBlobs = "containers/blobs/filter/action"
    case setImmutability = "containers/blobs/immutableStorage/runAsSuperUser/action"
    case readContainers = "containers/read"
    case writeContainers = "containers/write"
    case deleteContainers = "containers/delete"
    case readAccess = "containers/getAcl/action"
    case writeAccess = "containers/setAcl/action"
    case readService = "read"
    case writeService = "write"
    case readInformation = "getInfo/action"
    case delegateKey = "generateUserDelegationKey/action"

    /// The whole name, such as `Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read`.
    public var name: String { "Microsoft.Storage/storageAccounts/blobServices/" + rawValue }

    /// True for actions on blobs and what they hold; false for those on what they lie in.
    public var isOnData: Bool { rawValue.hasPrefix("containers/blobs/") }
}

extension ServiceOperation {
    /// The actions of which one must be allowed; empty where being somebody is enough.
    var actions: [BlobAction] {
        if self == .setContainerACL { return [.writeAccess] }
        return switch permission {
        case .getBlob, .getBlobProperties, .getBlobMetadata, .getBlockList, .listBlobs: [.readBlobs]
        case .putBlob, .copyBlob, .putBlock, .putBlockList, .appendBlock, .snapshotBlob: [.writeBlobs, .addBlobs]
        case .setBlobMetadata, .setBlobProperties, .setBlobTier, .leaseBlob, .breakBlobLease, .abortCopy,
            .undeleteBlob:
            [.writeBlobs]
        case .deleteBlob: [.deleteBlobs]
        case .deleteBlobVersion: [.deleteVersions]
        case .permanentlyDeleteBlob: [.deletePermanently]
        case .getBlobTags: [.readTags]
        case .setBlobTags: [.writeTags]
        case .findBlobsInContainer, .findBlobs: [.filterBlobs]
        case .setImmutability: [.setImmutability]
        case .listContainers, .getContainerProperties: [.readContainers]
        case .createContainer, .setContainerMetadata, .leaseContainer: [.writeContainers]
        case .deleteContainer: [.deleteContainers]
        case .containerACL: [.readAccess]
        case .getServiceProperties, .serviceStatistics: [.readService]
        case .setServiceProperties: [.writeService]
        case .getUserDelegationKey: [.delegateKey]
        case .batch: []
        case .getAccountInformation: [.readInformation]
        }
    }

    /// True where the right to add blobs is enough for one that is not there yet, and only for that.
    var isForNewBlob: Bool {
        switch permission {
        case .putBlob, .copyBlob, .putBlock, .putBlockList: true
        default: false
        }
    }
}
