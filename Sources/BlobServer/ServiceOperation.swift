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
        }
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
        case .blob: found = Self.ofBlob(request.method, type: type, comp: comp)
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
        default: nil
        }
    }

    private static func ofBlob(_ method: HTTPMethod, type: String, comp: String) -> ServiceOperation? {
        guard type.isEmpty else { return nil }
        return switch (method, comp) {
        case (.put, ""): .putBlob
        case (.put, "block"): .putBlock
        case (.put, "blocklist"): .putBlockList
        case (.get, "blocklist"): .getBlockList
        case (.get, ""): .getBlob
        case (.head, ""): .getBlobProperties
        case (.get, "metadata"), (.head, "metadata"): .getBlobMetadata
        case (.delete, ""): .deleteBlob
        default: nil
        }
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
        "POST userdelegationkey": "Get User Delegation Key", "POST batch": "Blob Batch",
        "GET blobs": "Find Blobs by Tags",
    ]
    private static let containerNames = [
        "PUT metadata": "Set Container Metadata", "GET acl": "Get Container ACL", "HEAD acl": "Get Container ACL",
        "PUT acl": "Set Container ACL", "PUT lease": "Lease Container", "PUT undelete": "Restore Container",
        "PUT rename": "Rename Container", "POST batch": "Blob Batch", "GET blobs": "Find Blobs by Tags",
    ]
    private static let blobNames = [
        "PUT properties": "Set Blob Properties", "PUT metadata": "Set Blob Metadata", "PUT lease": "Lease Blob",
        "PUT snapshot": "Snapshot Blob", "PUT copy": "Abort Copy Blob", "PUT tier": "Set Blob Tier",
        "PUT tags": "Set Blob Tags", "GET tags": "Get Blob Tags", "PUT undelete": "Undelete Blob",
        "PUT expiry": "Set Blob Expiry", "POST query": "Query Blob Contents",
        "PUT immutabilitypolicies": "Set Blob Immutability Policy",
        "DELETE immutabilitypolicies": "Delete Blob Immutability Policy", "PUT legalhold": "Set Blob Legal Hold",
        "PUT page": "Put Page", "GET pagelist": "Get Page Ranges", "PUT incrementalcopy": "Incremental Copy Blob",
        "PUT appendblock": "Append Block", "PUT seal": "Append Blob Seal",
    ]
}
