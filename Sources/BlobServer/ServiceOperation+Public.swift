import BlobStorage

extension ServiceOperation {
    /// True if somebody without a credential may do this in a container that is open that far.
    ///
    /// What was never committed is not for the public.
    /// Source: <https://learn.microsoft.com/rest/api/storageservices/set-container-acl#remarks>
    func isAllowed(to access: ContainerAccess.Public, _ request: ServiceRequest) -> Bool {
        switch self {
        case .getBlob, .getBlobProperties, .getBlobMetadata: return access != .nothing
        case .getBlockList:
            let wanted = request.query.value("blocklisttype")?.lowercased() ?? "committed"
            return access != .nothing && wanted == "committed"
        case .listBlobs:
            let include = (request.query.value("include") ?? "").lowercased().split(separator: ",")
            return access == .container && !include.contains("uncommittedblobs")
        case .getContainerProperties: return access == .container
        default: return false
        }
    }
}
