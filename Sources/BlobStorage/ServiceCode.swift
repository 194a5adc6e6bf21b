/// How failures are said over the REST protocol: the one table that our client reads and our server writes.
///
/// Source: <https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes> and
/// <https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes>
public struct ServiceCode: Sendable, Equatable {
    public let kind: BlobStoreError.Kind
    public let status: Int
    /// What `x-ms-error-code` holds.
    public let code: String
    /// What the service says with it.
    public let message: String

    private init(_ kind: BlobStoreError.Kind, _ status: Int, _ code: String, _ message: String = "") {
        self.kind = kind
        self.status = status
        self.code = code
        self.message = message
    }

    /// What a server answers for a failure of that kind.
    public static func answer(for kind: BlobStoreError.Kind) -> ServiceCode {
        table.first { $0.kind == kind } ?? ServiceCode(.serverFailure, 500, "InternalError", internalError)
    }

    /// What an answer means; `code` is empty where the service gave none.
    public static func kind(status: Int, code: String) -> BlobStoreError.Kind {
        let sameCode = table.filter { $0.code == code }
        if let row = sameCode.first(where: { $0.status == status }) ?? sameCode.first { return row.kind }
        return kind(status: status)
    }

    private static func kind(status: Int) -> BlobStoreError.Kind {
        switch status {
        case 304: .notModified
        case 401: .notAuthenticated
        case 403: .notAuthorized
        case 404: .blobNotFound
        case 408, 429, 503: .busy
        case 412: .conditionNotMet
        case 413: .tooLarge
        case 416: .invalidRange
        case 501: .unsupported
        case 507: .noSpace
        case 500...: .serverFailure
        default: .badRequest
        }
    }

    /// The first row of a kind is what a server answers; the others are read only.
    public static let table: [ServiceCode] = [
        ServiceCode(.containerNotFound, 404, "ContainerNotFound", "The specified container does not exist."),
        ServiceCode(
            .containerAlreadyExists, 409, "ContainerAlreadyExists", "The specified container already exists."),
        ServiceCode(
            .containerBeingDeleted, 409, "ContainerBeingDeleted",
            "The specified container is being deleted. Try operation later."),
        ServiceCode(.blobNotFound, 404, "BlobNotFound", "The specified blob does not exist."),
        ServiceCode(.blobNotFound, 404, "ResourceNotFound"),
        ServiceCode(.blobAlreadyExists, 409, "BlobAlreadyExists", "The specified blob already exists."),
        ServiceCode(.blobAlreadyExists, 403, "UnauthorizedBlobOverwrite"),
        ServiceCode(
            .conditionNotMet, 412, "ConditionNotMet",
            "The condition specified using HTTP conditional header(s) is not met."),
        ServiceCode(.conditionNotMet, 412, "LeaseIdMissing"),
        ServiceCode(.conditionNotMet, 412, "LeaseLost"),
        ServiceCode(.conditionNotMet, 412, "LeaseIdMismatchWithBlobOperation"),
        ServiceCode(.conditionNotMet, 412, "LeaseIdMismatchWithContainerOperation"),
        ServiceCode(.conditionNotMet, 412, "LeaseNotPresentWithBlobOperation"),
        ServiceCode(.conditionNotMet, 412, "LeaseNotPresentWithContainerOperation"),
        ServiceCode(.conditionNotMet, 409, "BlobImmutableDueToPolicy"),
        ServiceCode(.conditionNotMet, 409, "BlobImmutableDueToLegalHold"),
        ServiceCode(.conditionNotMet, 409, "SnapshotsPresent"),
        ServiceCode(.conditionNotMet, 409, "PendingCopyOperation"),
        ServiceCode(
            .notModified, 304, "ConditionNotMet",
            "The condition specified using HTTP conditional header(s) is not met."),
        ServiceCode(
            .invalidRange, 416, "InvalidRange",
            "The range specified is invalid for the current size of the resource."),
        ServiceCode(.invalidBlockList, 400, "InvalidBlockList", "The specified block list is invalid."),
        ServiceCode(.invalidBlockID, 400, "InvalidBlobOrBlock", "The specified blob or block content is invalid."),
        ServiceCode(.invalidBlockID, 400, "InvalidBlockId"),
        ServiceCode(
            .blockListTooLong, 400, "BlockListTooLong", "The block list may not contain more than 50,000 blocks."),
        ServiceCode(
            .tooManyBlocks, 409, "BlockCountExceedsLimit",
            "The uncommitted block count cannot exceed the maximum limit of 100,000 blocks."),
        ServiceCode(
            .tooLarge, 413, "RequestBodyTooLarge",
            "The request body is too large and exceeds the maximum permissible limit."),
        ServiceCode(
            .digestMismatch, 400, "Md5Mismatch",
            "The MD5 value specified in the request did not match with the MD5 value calculated by the server."),
        ServiceCode(
            .digestMismatch, 400, "Crc64Mismatch",
            "The CRC64 value specified in the request did not match with the CRC64 value calculated by the server."),
        ServiceCode(
            .notAuthenticated, 403, "AuthenticationFailed",
            "Server failed to authenticate the request. Make sure the value of Authorization header is formed "
                + "correctly including the signature."),
        ServiceCode(.notAuthenticated, 401, "NoAuthenticationInformation"),
        ServiceCode(.notAuthenticated, 400, "InvalidAuthenticationInfo"),
        ServiceCode(.notAuthenticated, 401, "InvalidAuthenticationInfo"),
        ServiceCode(.notAuthenticated, 403, "KeyBasedAuthenticationNotPermitted"),
        ServiceCode(
            .notAuthorized, 403, "AuthorizationFailure", "This request is not authorized to perform this operation."),
        ServiceCode(.notAuthorized, 403, "AuthorizationPermissionMismatch"),
        ServiceCode(.notAuthorized, 403, "AuthorizationProtocolMismatch"),
        ServiceCode(.notAuthorized, 403, "AuthorizationResourceTypeMismatch"),
        ServiceCode(.notAuthorized, 403, "AuthorizationServiceMismatch"),
        ServiceCode(.notAuthorized, 403, "AuthorizationSourceIPMismatch"),
        ServiceCode(.notAuthorized, 403, "InsufficientAccountPermissions"),
        ServiceCode(.notAuthorized, 403, "AccountIsDisabled"),
        ServiceCode(.notAuthorized, 409, "PublicAccessNotPermitted"),
        ServiceCode(.busy, 503, "ServerBusy", "The server is currently unable to receive requests. Please retry."),
        ServiceCode(.busy, 500, "OperationTimedOut"),
        ServiceCode(.busy, 409, "AccountBeingCreated"),
        ServiceCode(.serverFailure, 500, "InternalError", internalError),
        ServiceCode(.corrupt, 500, "InternalError", internalError),
        ServiceCode(.unreachable, 500, "InternalError", internalError),
        // The service has no such code: its accounts do not fill up. The status is WebDAV's (RFC 4918, 11.5).
        ServiceCode(.noSpace, 507, "InsufficientStorage", "The store of the server has no space left."),
        ServiceCode(
            .unsupported, 501, "NotImplemented", "The requested operation is not implemented on the specified resource."
        ),
        ServiceCode(.unsupported, 409, "BlobOperationNotSupported"),
        ServiceCode(.unsupported, 409, "InvalidBlobType"),
        ServiceCode(.unsupported, 409, "BlobArchived"),
        ServiceCode(.unsupported, 400, "UnsupportedHeader"),
        ServiceCode(.unsupported, 400, "UnsupportedQueryParameter"),
        ServiceCode(.unsupported, 405, "UnsupportedHttpVerb"),
        ServiceCode(.badRequest, 400, "InvalidInput", "One of the request inputs is not valid."),
    ]

    private static let internalError = "The server encountered an internal error. Please retry the request."
}
