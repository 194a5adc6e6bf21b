/// What the service says with its codes.
///
/// Source: <https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes> and
/// <https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes>
enum ServiceMessage {
    static func text(for code: String) -> String { texts[code] ?? "The request could not be done." }

    private static let texts = [
        "AccountRequiresHttps": "The account being accessed does not support http.",
        "BlobImmutableDueToPolicy": "This operation is not permitted as the blob is immutable due to a policy.",
        "ContainerImmutabilityPolicyFailure":
            "This operation is not permitted as the container has an immutability policy or a legal hold.",
        "FeatureNotYetSupportedForHierarchicalNamespaceAccounts":
            "Feature is not yet supported for hierarchical namespace accounts.",
        "KeyBasedAuthenticationNotPermitted": "Key based authentication is not permitted on this storage account.",
        "KeyVaultEncryptionKeyNotFound": "The encryption key could not be found or has expired.",
        "ResourceNotFound": "The specified resource does not exist.",
        "AuthenticationFailed":
            "Server failed to authenticate the request. Make sure the value of Authorization header is formed "
            + "correctly including the signature.",
        "AuthorizationFailure": "This request is not authorized to perform this operation.",
        "AppendPositionConditionNotMet": "The append position condition specified was not met.",
        "BlobAlreadyExists": "The specified blob already exists.",
        "BlobArchived": "This operation is not permitted on an archived blob.",
        "BlobIsSealed":
            "The specified blob is sealed and its contents can't be modified unless the blob is re-created.",
        "BlobNotFound": "The specified blob does not exist.",
        "BlockCountExceedsLimit":
            "A blob cannot have more than 50,000 committed and 100,000 uncommitted blocks.",
        "BlockListTooLong": "The block list may not contain more than 50,000 blocks.",
        "ConditionNotMet": "The condition specified using HTTP conditional header(s) is not met.",
        "ContainerAlreadyExists": "The specified container already exists.",
        "ContainerBeingDeleted": "The specified container is being deleted. Try operation later.",
        "ContainerNotFound": "The specified container does not exist.",
        "Crc64Mismatch":
            "The CRC64 value specified in the request did not match with the CRC64 value calculated by the server.",
        "DuplicateTagNames": "The tags specified contain duplicate names.",
        "EmptyTagName": "The name of one of the tag key-value pairs is empty.",
        "InsufficientStorage": "The store of the server has no space left.",
        "InternalError": "The server encountered an internal error. Please retry the request.",
        "InvalidBlobOrBlock": "The specified blob or block content is invalid.",
        "InvalidBlobTier": "The specified blob tier is invalid.",
        "InvalidBlobType": "The blob type is invalid for this operation.",
        "InvalidBlockList": "The specified block list is invalid.",
        "InvalidInput": "One of the request inputs is not valid.",
        "InvalidRange": "The range specified is invalid for the current size of the resource.",
        "InvalidTag": "The tags specified are invalid. They contain characters that are not permitted.",
        "InvalidXmlNodeValue": "The XML specified has an invalid node value.",
        "LeaseAlreadyPresent": "There is already a lease present.",
        "LeaseIdMismatchWithBlobOperation":
            "The lease ID specified did not match the lease ID for the blob.",
        "LeaseIdMismatchWithContainerOperation":
            "The lease ID specified did not match the lease ID for the container.",
        "LeaseIdMismatchWithLeaseOperation":
            "The lease ID specified did not match the lease ID for the resource with the specified lease operation.",
        "LeaseIdMissing": "There is currently a lease on the resource and no lease ID was specified in the request.",
        "LeaseIsBreakingAndCannotBeAcquired": "The lease ID matched, but the lease is currently in breaking state and "
            + "cannot be acquired until it is broken.",
        "LeaseIsBreakingAndCannotBeChanged": "The lease ID matched, but the lease is currently in breaking state and "
            + "cannot be changed.",
        "LeaseIsBrokenAndCannotBeRenewed": "The lease ID matched, but the lease has been broken explicitly and cannot "
            + "be renewed.",
        "LeaseLost": "A lease ID was specified, but the lease for the resource has expired.",
        "LeaseNotPresentWithBlobOperation": "There is currently no lease on the blob.",
        "LeaseNotPresentWithContainerOperation": "There is currently no lease on the container.",
        "LeaseNotPresentWithLeaseOperation": "There is currently no lease on the resource.",
        "MaxBlobSizeConditionNotMet": "The max blob size condition specified was not met.",
        "CopyIdMismatch": "The specified copy ID did not match the copy ID for the pending copy operation.",
        "NoPendingCopyOperation": "There is currently no pending copy operation.",
        "PendingCopyOperation": "There is currently a pending copy operation.",
        "Md5Mismatch":
            "The MD5 value specified in the request did not match with the MD5 value calculated by the server.",
        "NotImplemented": "The requested operation is not implemented on the specified resource.",
        "OperationTimedOut": "The operation could not be completed within the permitted time.",
        "PublicAccessNotPermitted": "Public access is not permitted on this storage account.",
        "RequestBodyTooLarge": "The request body is too large and exceeds the maximum permissible limit.",
        "SnapshotsPresent": "This operation is not permitted because the blob has snapshots.",
        "TagsTooLarge": "The tags specified exceed the maximum permissible limit.",
        "ServerBusy": "The server is currently unable to receive requests. Please retry your request.",
    ]
}
