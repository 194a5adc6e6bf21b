import AzureIdentity
import HTTPMessages

/// What a request wants done, as far as this server does it.
enum ServiceOperation: String, CaseIterable {
    case listContainers = "ListContainers"
    case getServiceProperties = "GetServiceProperties"
    case getAccountInformation = "GetAccountInformation"
    case createContainer = "CreateContainer"
    case getContainerProperties = "GetContainerProperties"
    case deleteContainer = "DeleteContainer"
    case listBlobs = "ListBlobs"
    case putBlob = "PutBlob"
    case putBlock = "PutBlock"
    case putBlockList = "PutBlockList"
    case getBlockList = "GetBlockList"
    case getBlob = "GetBlob"
    case getBlobProperties = "GetBlobProperties"
    case getBlobMetadata = "GetBlobMetadata"
    case deleteBlob = "DeleteBlob"
    case setContainerMetadata = "SetContainerMetadata"
    case getContainerACL = "GetContainerACL"
    case setContainerACL = "SetContainerACL"
    case leaseContainer = "LeaseContainer"
    case setBlobProperties = "SetBlobProperties"
    case setBlobMetadata = "SetBlobMetadata"
    case leaseBlob = "LeaseBlob"
    case breakBlobLease = "BreakBlobLease"
    case snapshotBlob = "SnapshotBlob"
    case setBlobTier = "SetBlobTier"
    case getBlobTags = "GetBlobTags"
    case setBlobTags = "SetBlobTags"
    case putAppendBlob = "PutAppendBlob"
    case appendBlock = "AppendBlock"
    case sealAppendBlob = "SealAppendBlob"
    case putBlobFromURL = "PutBlobFromURL"
    case putBlockFromURL = "PutBlockFromURL"
    case appendBlockFromURL = "AppendBlockFromURL"
    case copyBlob = "CopyBlob"
    case copyBlobFromURL = "CopyBlobFromURL"
    case abortCopyBlob = "AbortCopyBlob"
    case getUserDelegationKey = "GetUserDelegationKey"
    case batch = "BlobBatch"

    /// What a token must allow.
    var permission: BlobOperation {
        switch self {
        case .listContainers: .listContainers
        case .getServiceProperties: .getServiceProperties
        case .getAccountInformation: .getAccountInformation
        case .createContainer: .createContainer
        case .getContainerProperties: .getContainerProperties
        case .deleteContainer: .deleteContainer
        case .listBlobs: .listBlobs
        case .putBlob: .putBlob
        case .putBlock: .putBlock
        case .putBlockList: .putBlockList
        case .getBlockList: .getBlockList
        case .getBlob: .getBlob
        case .getBlobProperties: .getBlobProperties
        case .getBlobMetadata: .getBlobMetadata
        case .deleteBlob: .deleteBlob
        case .setContainerMetadata: .setContainerMetadata
        case .getContainerACL, .setContainerACL: .containerACL
        case .leaseContainer: .leaseContainer
        case .setBlobProperties: .setBlobProperties
        case .setBlobMetadata: .setBlobMetadata
        case .leaseBlob: .leaseBlob
        case .breakBlobLease: .breakBlobLease
        case .snapshotBlob: .snapshotBlob
        case .setBlobTier: .setBlobTier
        case .getBlobTags: .getBlobTags
        case .setBlobTags: .setBlobTags
        case .putAppendBlob, .putBlobFromURL: .putBlob
        case .putBlockFromURL: .putBlock
        case .appendBlock, .appendBlockFromURL, .sealAppendBlob: .appendBlock
        case .copyBlob, .copyBlobFromURL: .copyBlob
        case .abortCopyBlob: .abortCopy
        case .getUserDelegationKey: .getUserDelegationKey
        case .batch: .batch
        }
    }

    /// The name with spaces, as the service's documentation has it: `Set Blob Tier`, `Put Block From URL`.
    var title: String {
        var title = ""
        for letter in rawValue {
            if letter.isUppercase, title.last?.isLowercase == true { title.append(" ") }
            title.append(letter)
        }
        return title
    }

    /// Reads method, `restype` and `comp`; what the service has and this server has not is refused by name.
    init(_ request: ServiceRequest) throws(ServiceFailure) {
        let comp = request.query.value("comp")?.lowercased() ?? ""
        let type = request.query.value("restype")?.lowercased() ?? ""
        if type == "account", comp == "properties", request.method == .get || request.method == .head {
            self = .getAccountInformation
            return
        }
        let found: ServiceOperation?
        switch request.resource {
        case .account: found = Self.ofAccount(request.method, type: type, comp: comp)
        case .container: found = Self.ofContainer(request.method, type: type, comp: comp)
        case .blob: found = Self.ofBlob(request, type: type, comp: comp)
        }
        if let found {
            self = found
            return
        }
        if let name = Self.missing(request, type: type, comp: comp) { throw .notImplemented(name) }
        guard [.get, .head, .put, .post, .delete].contains(request.method) else {
            throw .verb(request.method.rawValue)
        }
        if !type.isEmpty, !["service", "container", "account"].contains(type) { throw .parameter("restype", type) }
        guard comp.isEmpty else { throw .parameter("comp", comp) }
        throw request.resource == .account ? .uri : .verb(request.method.rawValue)
    }

    private static func ofAccount(_ method: HTTPMethod, type: String, comp: String) -> ServiceOperation? {
        switch (method, type, comp) {
        case (.get, "", "list"): .listContainers
        case (.get, "service", "properties"): .getServiceProperties
        case (.post, "service", "userdelegationkey"): .getUserDelegationKey
        case (.post, "", "batch"): .batch
        default: nil
        }
    }

    private static func ofContainer(_ method: HTTPMethod, type: String, comp: String) -> ServiceOperation? {
        guard type == "container" else { return nil }
        return switch (method, comp) {
        case (.put, ""): .createContainer
        case (.get, ""), (.head, ""), (.get, "metadata"), (.head, "metadata"): .getContainerProperties
        case (.delete, ""): .deleteContainer
        case (.get, "list"): .listBlobs
        case (.put, "metadata"): .setContainerMetadata
        case (.get, "acl"), (.head, "acl"): .getContainerACL
        case (.put, "acl"): .setContainerACL
        case (.put, "lease"): .leaseContainer
        case (.post, "batch"): .batch
        default: nil
        }
    }

    private static func ofBlob(_ request: ServiceRequest, type: String, comp: String) -> ServiceOperation? {
        guard type.isEmpty else { return nil }
        let hasSource = request.fields["x-ms-copy-source"] != nil
        return switch (request.method, comp) {
        case (.put, ""): put(request.fields, hasSource: hasSource)
        case (.put, "block"): hasSource ? .putBlockFromURL : .putBlock
        case (.put, "blocklist"): .putBlockList
        case (.get, "blocklist"): .getBlockList
        case (.get, ""): .getBlob
        case (.head, ""): .getBlobProperties
        case (.get, "metadata"), (.head, "metadata"): .getBlobMetadata
        case (.delete, ""): .deleteBlob
        case (.put, "properties"): .setBlobProperties
        case (.put, "metadata"): .setBlobMetadata
        case (.put, "lease"):
            request.fields["x-ms-lease-action"]?.lowercased() == "break" ? .breakBlobLease : .leaseBlob
        case (.put, "snapshot"): .snapshotBlob
        case (.put, "tier"): .setBlobTier
        case (.get, "tags"): .getBlobTags
        case (.put, "tags"): .setBlobTags
        case (.put, "appendblock"): hasSource ? .appendBlockFromURL : .appendBlock
        case (.put, "seal"): .sealAppendBlob
        case (.put, "copy"): .abortCopyBlob
        default: nil
        }
    }

    private static func put(_ fields: HTTPFields, hasSource: Bool) -> ServiceOperation {
        let type = fields["x-ms-blob-type"]
        if hasSource, type != nil { return .putBlobFromURL }
        if hasSource { return fields["x-ms-requires-sync"]?.lowercased() == "true" ? .copyBlobFromURL : .copyBlob }
        return type == "AppendBlob" ? .putAppendBlob : .putBlob
    }

    // MARK: - What the service has and this server has not

    private static func missing(_ request: ServiceRequest, type: String, comp: String) -> String? {
        let names: [String: String]
        switch request.resource {
        case .account: names = accountNames
        case .container: names = containerNames
        case .blob: names = blobNames
        }
        return names["\(request.method.rawValue) \(comp)"]
    }

    private static let accountNames = [
        "PUT properties": "Set Service Properties", "GET stats": "Get Service Stats",
        "GET blobs": "Find Blobs by Tags",
    ]
    private static let containerNames = [
        "PUT undelete": "Restore Container", "PUT rename": "Rename Container", "GET blobs": "Find Blobs by Tags",
    ]
    private static let blobNames = [
        "PUT undelete": "Undelete Blob", "PUT expiry": "Set Blob Expiry", "POST query": "Query Blob Contents",
        "PUT immutabilitypolicies": "Set Blob Immutability Policy",
        "DELETE immutabilitypolicies": "Delete Blob Immutability Policy", "PUT legalhold": "Set Blob Legal Hold",
        "PUT page": "Put Page", "GET pagelist": "Get Page Ranges", "PUT incrementalcopy": "Incremental Copy Blob",
    ]
}
