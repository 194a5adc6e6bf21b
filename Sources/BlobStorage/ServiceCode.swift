/// What the blob service says of a failure: a status and a code.
public struct ServiceCode: Sendable, Equatable {
    public let status: Int
    public let code: String

    init(_ status: Int, _ code: String) {
        self.status = status
        self.code = code
    }
}

/// The one table of how failures are said over HTTP, read by the server in one direction and by the client in the other.
///
/// Source: <https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes>
extension BlobStoreError.Kind {
    /// How a server says it.
    public var serviceCode: ServiceCode {
        switch self {
        case .containerNotFound: ServiceCode(404, "ContainerNotFound")
        case .containerAlreadyExists: ServiceCode(409, "ContainerAlreadyExists")
        case .containerBeingDeleted: ServiceCode(409, "ContainerBeingDeleted")
        case .blobNotFound: ServiceCode(404, "BlobNotFound")
        case .blobAlreadyExists: ServiceCode(409, "BlobAlreadyExists")
        case .conditionNotMet: ServiceCode(412, "ConditionNotMet")
        case .notModified: ServiceCode(304, "ConditionNotMet")
        case .invalidRange: ServiceCode(416, "InvalidRange")
        case .invalidBlockList: ServiceCode(400, "InvalidBlockList")
        case .invalidBlockID: ServiceCode(400, "InvalidBlobOrBlock")
        case .blockListTooLong: ServiceCode(400, "BlockListTooLong")
        case .tooManyBlocks: ServiceCode(409, "BlockCountExceedsLimit")
        case .tooLarge: ServiceCode(413, "RequestBodyTooLarge")
        case .digestMismatch: ServiceCode(400, "Md5Mismatch")
        case .notAuthenticated: ServiceCode(403, "AuthenticationFailed")
        case .notAuthorized: ServiceCode(403, "AuthorizationFailure")
        case .busy: ServiceCode(503, "ServerBusy")
        case .serverFailure, .corrupt, .outcomeUnknown: ServiceCode(500, "InternalError")
        case .unreachable, .credentialUnavailable: ServiceCode(500, "OperationTimedOut")
        // The service never runs out of space, so it has no code; 507 is not tried again by its clients.
        case .noSpace: ServiceCode(507, "InsufficientStorage")
        case .unsupported: ServiceCode(501, "NotImplemented")
        case .badRequest: ServiceCode(400, "InvalidInput")
        case .leaseAlreadyPresent: ServiceCode(409, "LeaseAlreadyPresent")
        case .leaseIDMissing: ServiceCode(412, "LeaseIdMissing")
        case .leaseIDMismatch: ServiceCode(412, "LeaseIdMismatchWithBlobOperation")
        case .leaseNotPresent: ServiceCode(412, "LeaseNotPresentWithBlobOperation")
        case .leaseLost: ServiceCode(412, "LeaseLost")
        case .leaseIDMismatchWithLease: ServiceCode(409, "LeaseIdMismatchWithLeaseOperation")
        case .leaseNotPresentWithLease: ServiceCode(409, "LeaseNotPresentWithLeaseOperation")
        case .leaseBreaking: ServiceCode(409, "LeaseIsBreakingAndCannotBeAcquired")
        case .leaseBreakingChange: ServiceCode(409, "LeaseIsBreakingAndCannotBeChanged")
        case .leaseBroken: ServiceCode(409, "LeaseIsBrokenAndCannotBeRenewed")
        case .snapshotsPresent: ServiceCode(409, "SnapshotsPresent")
        case .wrongBlobKind: ServiceCode(409, "InvalidBlobType")
        case .archived: ServiceCode(409, "BlobArchived")
        case .copyPending: ServiceCode(409, "PendingCopyOperation")
        case .noCopyPending: ServiceCode(409, "NoPendingCopyOperation")
        case .copyIDMismatch: ServiceCode(409, "CopyIdMismatch")
        case .appendPosition: ServiceCode(412, "AppendPositionConditionNotMet")
        case .appendTooLong: ServiceCode(412, "MaxBlobSizeConditionNotMet")
        case .sealed: ServiceCode(409, "BlobIsSealed")
        }
    }

    /// What a client makes of an answer: the code decides, or the status where it is unknown or was not given.
    ///
    /// - Parameters:
    ///   - code: Empty where there is none: the answer to a `HEAD` has no body and may lack the header.
    ///   - isContainer: True if the request was about a container, which tells what was not found.
    public init(status: Int, code: String, isContainer: Bool) {
        let missing: Self = isContainer ? .containerNotFound : .blobNotFound
        self =
            if status == 304 {
                .notModified
            } else if code == "ResourceNotFound" {
                missing
            } else {
                Self.byCode[code] ?? Self.byStatus(status, missing: missing)
            }
    }

    /// Codes that mean more, or something else, than their status.
    private static let byCode: [String: Self] = {
        let ambiguous: [Self] = [.notModified, .corrupt, .outcomeUnknown]
        let own = allCases.filter { !ambiguous.contains($0) }.map { ($0.serviceCode.code, $0) }
        let others: [(String, Self)] = [
            ("AccountBeingCreated", .busy), ("AccountIsDisabled", .notAuthorized),
            ("BlobBeingRehydrated", .archived), ("BlobOverwritten", .conditionNotMet),
            ("ContainerDisabled", .containerBeingDeleted), ("Crc64Mismatch", .digestMismatch),
            ("InvalidAuthenticationInfo", .notAuthenticated), ("InvalidBlockId", .invalidBlockID),
            ("LeaseIdMismatchWithContainerOperation", .leaseIDMismatch),
            ("LeaseNotPresentWithContainerOperation", .leaseNotPresent),
            ("NoAuthenticationInformation", .notAuthenticated), ("OperationTimedOut", .serverFailure),
            ("PublicAccessNotPermitted", .notAuthorized), ("SystemInUse", .busy),
            // What a create-only SAS is told about a blob that exists.
            ("UnauthorizedBlobOverwrite", .blobAlreadyExists),
        ]
        return Dictionary(own + others) { _, other in other }
    }()

    private static func byStatus(_ status: Int, missing: Self) -> Self {
        switch status {
        case 401: .notAuthenticated
        case 403: .notAuthorized
        case 404: missing
        case 405, 409, 501: .unsupported
        case 408, 429, 503: .busy
        case 412: .conditionNotMet
        case 413: .tooLarge
        case 416: .invalidRange
        case 507: .noSpace
        case 400..<500: .badRequest
        case 500..<600: .serverFailure
        default: .corrupt
        }
    }
}
