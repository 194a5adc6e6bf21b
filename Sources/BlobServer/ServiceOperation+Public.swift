import AzureIdentity
import BlobStorage
import HTTPMessages

extension ServiceOperation {
    /// True if somebody without a credential may do this in a container that is open that far.
    ///
    /// What was never committed is not for the public, and neither are tags.
    /// Source: <https://learn.microsoft.com/rest/api/storageservices/set-container-acl#remarks>
    func isAllowed(to access: ContainerAccess.Public, _ request: ServiceRequest) -> Bool {
        switch self {
        case .getBlob, .getBlobProperties, .getBlobMetadata: return access != .nothing
        case .getBlockList:
            let wanted = request.query.value("blocklisttype")?.lowercased() ?? "committed"
            return access != .nothing && wanted == "committed"
        case .listBlobs:
            let include = (request.query.value("include") ?? "").lowercased().split(separator: ",")
            return access == .container && !include.contains("uncommittedblobs") && !include.contains("tags")
        case .getContainerProperties: return access == .container
        default: return false
        }
    }

    /// What a token must allow beside the operation, because the request gives tags or asks for them.
    ///
    /// Source: <https://learn.microsoft.com/azure/storage/blobs/storage-manage-find-blobs#permissions-and-authorization>
    func tagPermission(_ request: ServiceRequest) -> BlobOperation? {
        switch self {
        case .listBlobs:
            let include = (request.query.value("include") ?? "").lowercased().split(separator: ",")
            return include.contains("tags") ? .getBlobTags : nil
        default:
            let copiesTags = request.fields["x-ms-copy-source-tag-option"]?.uppercased() == "COPY"
            return copiesTags || !(request.fields["x-ms-tags"] ?? "").isEmpty ? .setBlobTags : nil
        }
    }
}
