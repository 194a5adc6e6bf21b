import BlobStorage
import ByteStreams
import FoundationEssentials
import HTTPListener
import HTTPMessages
import MarkupXML

/// One permitted request being done; the operations are its extensions.
struct Work: Sendable {
    let request: ServiceRequest
    let operation: ServiceOperation
    let account: any BlobAccount
    let permission: Permission
    /// By which leases are judged.
    let now: Date
    /// What the account's owner has set.
    let settings: AccountSettings
    /// Whom the request speaks for, where it shows a token of Entra ID.
    let holder: TokenHolder?
    let policy: any AccountPolicy
    /// For copies: their sources may lie in other accounts, or elsewhere.
    let server: BlobServer

    var fields: HTTPFields { request.fields }
    var query: HTTPQuery { request.query }

    func perform(_ body: inout RequestBody) async throws -> Reply {
        try refuseWhatIsNotHere()
        try await refuseProtected()
        switch operation {
        case .listContainers: return try await listContainers()
        case .getServiceProperties: return getServiceProperties()
        case .getAccountInformation: return getAccountInformation()
        case .createContainer: return try await createContainer()
        case .getContainerProperties: return try await getContainerProperties()
        case .deleteContainer: return try await deleteContainer()
        case .listBlobs: return try await listBlobs()
        case .putBlob: return try await putBlob(&body)
        case .putBlock: return try await putBlock(&body)
        case .putBlockList: return try await putBlockList(&body)
        case .getBlockList: return try await getBlockList()
        case .getBlob: return try await getBlob()
        case .getBlobProperties: return try await getBlobProperties()
        case .getBlobMetadata: return try await getBlobMetadata()
        case .deleteBlob: return try await deleteBlob()
        case .setContainerMetadata: return try await setContainerMetadata()
        case .getContainerACL: return try await getContainerACL()
        case .setContainerACL: return try await setContainerACL(&body)
        case .leaseContainer: return try await leaseContainer()
        case .leaseBlob, .breakBlobLease: return try await leaseBlob()
        case .setBlobProperties: return try await setBlobProperties()
        case .setBlobMetadata: return try await setBlobMetadata()
        case .setBlobTier: return try await setBlobTier()
        case .getBlobTags: return try await getBlobTags()
        case .setBlobTags: return try await setBlobTags(&body)
        case .snapshotBlob: return try await snapshotBlob()
        case .putAppendBlob: return try await putAppendBlob()
        case .appendBlock: return try await appendBlock(&body)
        case .sealAppendBlob: return try await sealAppendBlob()
        case .appendBlockFromURL: throw missing
        case .putBlobFromURL: return try await putBlobFromURL()
        case .putBlockFromURL: return try await putBlockFromURL()
        case .copyBlob: return try await copyBlob()
        case .copyBlobFromURL: return try await copyBlobFromURL()
        case .abortCopyBlob: return try await abortCopyBlob()
        case .getUserDelegationKey: return try await getUserDelegationKey(&body)
        case .batch: throw missing  // done part by part, each as a request of its own
        }
    }

    /// Does one part of a batch.
    func performPart() async throws -> Reply {
        try refuseWhatIsNotHere()
        try await refuseProtected()
        switch operation {
        case .deleteBlob: return try await deleteBlob()
        case .setBlobTier: return try await setBlobTier()
        default: throw missing
        }
    }

    private var missing: ServiceFailure { .notImplemented(operation.title) }

    /// The request's store as one that has a capability; without it the operation is not supported.
    func store<Capability>(having capability: Capability.Type) throws(ServiceFailure) -> Capability {
        guard let store = try store() as? Capability else { throw missing }
        return store
    }

    /// Versions do not exist here, and some stores have less: naming what is not there is never answered as if it were.
    private func refuseWhatIsNotHere() throws(ServiceFailure) {
        for name in ["versionid", "deletetype"] {
            if let value = query.value(name) { throw .unsupportedParameter(name, value) }
        }
        _ = try snapshotID()
        try fields.refuseUnkept()
        if case .blob = request.resource, !(try store() is any AnnotatingStore) { try fields.refuseAnnotations() }
        try refuseWhatTheAccountLacks()
        try refuseLeaseOfOtherStores()
    }

    func store() throws(ServiceFailure) -> any BlobStore { account.store(of: try request.containerName()) }

    /// The length of the body, which writes must name.
    func bodyLength(limit: Int) throws(ServiceFailure) -> Int {
        guard case .known(let length) = request.head.length else { throw .missingLength }
        guard length <= limit else { throw .tooLarge(limit: limit) }
        return length
    }

    /// The condition of a write, with that of a token that may only create.
    func writeCondition(of blob: BlobName) async throws -> AccessCondition {
        let condition = try AccessCondition(fields)
        guard permission == .grantedForNewBlob || protection != nil else { return condition }
        try await refuseOverwrite(of: blob)
        if let refusal = condition.refusal(of: .write, state: nil) { throw ServiceFailure(refusal) }
        // The body may come slowly: the blob must still be absent at its end, whatever the client's own condition says.
        return .absent
    }

    /// Refuses to touch a blob that exists, for a token that may only create.
    func refuseOverwrite(of blob: BlobName) async throws {
        guard permission == .grantedForNewBlob else { return }
        do {
            _ = try await store().properties(of: blob, if: .always)
        } catch let error as BlobStoreError where error.kind == .blobNotFound {
            return
        }
        throw ServiceFailure(
            403, "UnauthorizedBlobOverwrite", "This request is not authorized to perform blob overwrites.")
    }

    // MARK: - Answers

    static func document(_ writer: XMLWriter) -> Reply {
        Reply(status: 200, fields: ["Content-Type": "application/xml"], body: .bytes(writer.bytesWithMark))
    }

    static func stateFields(_ tag: ETag, _ lastModified: Date) -> HTTPFields {
        ["ETag": tag.text, "Last-Modified": HTTPDate.format(lastModified)]
    }
}

extension HTTPFields {
    mutating func append(_ field: Field) { append(field.name, field.value) }

    mutating func appendMetadata(_ metadata: [String: String]) {
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) { append("x-ms-meta-" + name, value) }
    }
}
