import BlobStorage
import ByteStreams
import FoundationEssentials
import HTTPListener
import HTTPMessages
import MarkupXML

/// One permitted request being done; the operations are its extensions.
struct Work: Sendable {
    let request: ServiceRequest
    let account: any BlobAccount
    let permission: Permission
    let buffers: BufferAllowance

    var fields: HTTPFields { request.fields }
    var query: HTTPQuery { request.query }

    func perform(_ operation: ServiceOperation, body: inout RequestBody) async throws -> Reply {
        try refuseOtherStates(operation)
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
        }
    }

    /// Snapshots, versions, leases and copies do not exist here: naming one is never answered as if it did.
    private func refuseOtherStates(_ operation: ServiceOperation) throws(ServiceFailure) {
        for name in ["snapshot", "versionid", "deletetype"] {
            if let value = query.value(name) { throw .unsupportedParameter(name, value) }
        }
        if fields["x-ms-copy-source"] != nil {
            throw .notImplemented(operation == .putBlock ? "Put Block From URL" : "Copy Blob")
        }
        if fields["x-ms-lease-id"] != nil {
            let isContainer = if case .container = request.resource { true } else { false }
            throw ServiceFailure(
                412, isContainer ? "LeaseNotPresentWithContainerOperation" : "LeaseNotPresentWithBlobOperation",
                "There is currently no lease on the \(isContainer ? "container" : "blob").")
        }
        try fields.refuseUnkept()
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
        guard permission == .grantedForNewBlob else { return condition }
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
