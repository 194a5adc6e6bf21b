import BlobStorage
import Testing

@Suite("Service codes")
struct ServiceCodeTests {
    @Test("say a failure so that the client understands the same", arguments: BlobStoreError.Kind.allCases)
    func roundTrip(kind: BlobStoreError.Kind) {
        let said = kind.serviceCode
        let isContainer = kind == .containerNotFound
        let understood = BlobStoreError.Kind(status: said.status, code: said.code, isContainer: isContainer)
        switch kind {
        // The client of a server with a broken or distant store sees a server that fails.
        case .corrupt, .unreachable, .credentialUnavailable, .outcomeUnknown: #expect(understood == .serverFailure)
        default: #expect(understood == kind)
        }
    }

    @Test(
        "tell apart answers of one status",
        arguments: [
            (404, "ContainerNotFound", false, BlobStoreError.Kind.containerNotFound),
            (404, "", false, .blobNotFound), (404, "", true, .containerNotFound),
            (404, "ResourceNotFound", true, .containerNotFound), (403, "", false, .notAuthorized),
            (403, "AuthenticationFailed", false, .notAuthenticated),
            (403, "AuthorizationPermissionMismatch", false, .notAuthorized),
            (403, "KeyBasedAuthenticationNotPermitted", false, .notAuthorized),
            (403, "UnauthorizedBlobOverwrite", false, .blobAlreadyExists),
            (401, "NoAuthenticationInformation", false, .notAuthenticated), (401, "", false, .notAuthenticated),
            (409, "SnapshotsPresent", false, .snapshotsPresent), (409, "BlobImmutableDueToPolicy", false, .unsupported),
            (409, "ContainerBeingDeleted", true, .containerBeingDeleted), (304, "", false, .notModified),
            (304, "ConditionNotMet", false, .notModified), (412, "ConditionNotMet", false, .conditionNotMet),
            (412, "LeaseIdMissing", false, .leaseIDMissing), (400, "Crc64Mismatch", false, .digestMismatch),
            (400, "Md5Mismatch", false, .digestMismatch), (400, "OutOfRangeInput", false, .badRequest),
            (416, "", false, .invalidRange), (500, "OperationTimedOut", false, .serverFailure),
            (502, "", false, .serverFailure), (409, "BlobArchived", false, .archived),
            (409, "BlobBeingRehydrated", false, .archived),
            (503, "ServerBusy", false, .busy), (429, "", false, .busy), (408, "", false, .busy),
            (507, "", false, .noSpace), (301, "", false, .corrupt), (999, "", false, .corrupt),
        ])
    func understood(status: Int, code: String, isContainer: Bool, kind: BlobStoreError.Kind) {
        #expect(BlobStoreError.Kind(status: status, code: code, isContainer: isContainer) == kind)
    }
}
