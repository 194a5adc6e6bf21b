/// What a request wants done, as far as permissions tell operations apart.
public enum BlobOperation: String, Sendable, CaseIterable {
    case getBlob, getBlobProperties, getBlobMetadata, getBlockList
    case putBlob, copyBlob, putBlock, putBlockList, appendBlock
    case setBlobMetadata, setBlobProperties, setBlobTier, leaseBlob, breakBlobLease, abortCopy, undeleteBlob
    case snapshotBlob, deleteBlob, deleteBlobVersion, permanentlyDeleteBlob
    case getBlobTags, setBlobTags, findBlobsInContainer, findBlobs, setImmutability
    case listBlobs, listContainers
    case createContainer, getContainerProperties, setContainerMetadata, deleteContainer, leaseContainer
    case containerACL
    case getServiceProperties, setServiceProperties, serviceStatistics
    case batch, getAccountInformation, getUserDelegationKey
}

/// Which letters of a token allow an operation; any one of them is enough.
public struct SASRequirement: Sendable, Equatable {
    /// On a token for a blob or a container; empty where no such token will do.
    public let service: String
    /// True where the token must be for the container.
    public let needsContainerToken: Bool
    /// The resource type an account token must have: `s`, `c` or `o`; `nil` where any will do.
    public let resourceType: Character?
    /// On an account token; empty where no such token will do.
    public let account: String
    /// The letter that allows it only while the blob does not exist.
    public let forNewBlob: Character?
    /// True where no letter is needed.
    public let allowsAny: Bool

    fileprivate init(
        _ service: String = "", container: Bool = false, type: Character? = "o", account: String,
        forNewBlob: Character? = nil, allowsAny: Bool = false
    ) {
        self.service = service
        needsContainerToken = container
        resourceType = type
        self.account = account
        self.forNewBlob = forNewBlob
        self.allowsAny = allowsAny
    }
}

extension BlobOperation {
    /// The permissions the service asks for.
    ///
    /// Source: <https://learn.microsoft.com/rest/api/storageservices/create-service-sas#specify-permissions> and
    /// <https://learn.microsoft.com/rest/api/storageservices/create-account-sas#account-sas-permissions-by-operation>
    public var requirement: SASRequirement {
        switch self {
        case .getBlob, .getBlobProperties, .getBlobMetadata, .getBlockList: SASRequirement("r", account: "r")
        case .putBlob, .copyBlob: SASRequirement("wc", account: "wc", forNewBlob: "c")
        case .putBlock, .putBlockList: SASRequirement("wc", account: "w", forNewBlob: "c")
        case .appendBlock: SASRequirement("aw", account: "aw")
        case .setBlobMetadata, .setBlobProperties, .setBlobTier, .leaseBlob, .abortCopy, .undeleteBlob:
            SASRequirement("w", account: "w")
        case .breakBlobLease: SASRequirement("dw", account: "dw")
        case .snapshotBlob: SASRequirement("cw", account: "cw")
        case .deleteBlob: SASRequirement("d", account: "d")
        case .deleteBlobVersion: SASRequirement("x", account: "x")
        case .permanentlyDeleteBlob: SASRequirement("y", account: "y")
        case .getBlobTags, .setBlobTags: SASRequirement("t", account: "t")
        case .findBlobsInContainer: SASRequirement("f", container: true, type: "c", account: "f")
        case .findBlobs: SASRequirement(type: "o", account: "f")
        case .setImmutability: SASRequirement("i", account: "i")
        case .listBlobs: SASRequirement("l", container: true, type: "c", account: "l")
        case .listContainers: SASRequirement(type: "s", account: "l")
        case .createContainer: SASRequirement(type: "c", account: "cw")
        case .getContainerProperties: SASRequirement("r", container: true, type: "c", account: "r")
        case .setContainerMetadata: SASRequirement(type: "c", account: "w")
        case .leaseContainer: SASRequirement(type: "c", account: "w")
        case .deleteContainer: SASRequirement(type: "c", account: "d")
        case .containerACL, .getUserDelegationKey: SASRequirement(type: nil, account: "")
        case .getServiceProperties, .serviceStatistics: SASRequirement(type: "s", account: "r")
        case .setServiceProperties: SASRequirement(type: "s", account: "w")
        case .batch: SASRequirement(type: nil, account: "", allowsAny: true)
        case .getAccountInformation: SASRequirement("r", type: nil, account: "", allowsAny: true)
        }
    }
}
