public import Diagnostics
import HTTPMessages

/// What a blob store answers when it cannot do what was asked.
public struct BlobStoreError: ExplainedError {
    public enum Kind: String, Sendable, CaseIterable {
        case containerNotFound = "store.container-not-found"
        case containerAlreadyExists = "store.container-already-exists"
        case containerBeingDeleted = "store.container-being-deleted"
        case blobNotFound = "store.blob-not-found"
        case blobAlreadyExists = "store.blob-already-exists"
        case conditionNotMet = "store.condition-not-met"
        case notModified = "store.not-modified"
        case invalidRange = "store.invalid-range"
        case invalidBlockList = "store.invalid-block-list"
        case invalidBlockID = "store.invalid-block-id"
        case blockListTooLong = "store.block-list-too-long"
        case tooManyBlocks = "store.too-many-blocks"
        case tooLarge = "store.too-large"
        /// The bytes that arrived are not those the digest was made of.
        case digestMismatch = "store.digest-mismatch"
        /// The credential is wrong.
        case notAuthenticated = "store.not-authenticated"
        /// No token could be had for now, so nothing was asked of the service.
        case credentialUnavailable = "store.credential-unavailable"
        /// The credential is right and may not do this.
        case notAuthorized = "store.not-authorized"
        case busy = "store.busy"
        case serverFailure = "store.server-failure"
        case unreachable = "store.unreachable"
        /// The answer to a write was lost, and it could not be found out whether the write was done.
        case outcomeUnknown = "store.outcome-unknown"
        case noSpace = "store.no-space"
        case unsupported = "store.unsupported"
        /// The request is not what the service understands: a mistake of ours, or of a client of our server.
        case badRequest = "store.bad-request"
        /// A lease is there already, and it is another's.
        case leaseAlreadyPresent = "store.lease-already-present"
        /// The blob or container is leased and the request showed no lease.
        case leaseIDMissing = "store.lease-id-missing"
        case leaseIDMismatch = "store.lease-id-mismatch"
        /// The request showed a lease where there is none.
        case leaseNotPresent = "store.lease-not-present"
        /// The lease that was shown has ended.
        case leaseLost = "store.lease-lost"
        // The same of requests about the lease itself, which the service words differently.
        case leaseIDMismatchWithLease = "store.lease-id-mismatch-with-lease"
        case leaseNotPresentWithLease = "store.lease-not-present-with-lease"
        case leaseBreaking = "store.lease-breaking"
        case leaseBreakingChange = "store.lease-breaking-change"
        case leaseBroken = "store.lease-broken"
        case snapshotsPresent = "store.snapshots-present"
        /// The blob is of another kind than the operation is for.
        case wrongBlobKind = "store.wrong-blob-kind"
        case archived = "store.archived"
        case copyPending = "store.copy-pending"
        case noCopyPending = "store.no-copy-pending"
        case copyIDMismatch = "store.copy-id-mismatch"
        case appendPosition = "store.append-position"
        case appendTooLong = "store.append-too-long"
        case sealed = "store.sealed"
        /// What the store holds, or answered, makes no sense.
        case corrupt = "store.corrupt"
    }

    public let kind: Kind
    /// The container or the blob it was about, as `container/blob`.
    public let subject: String
    /// The status, code and request id of the service that said so.
    public let service: ServiceAnswer?
    public let cause: (any Error)?

    public init(_ kind: Kind, subject: String, service: ServiceAnswer? = nil, cause: (any Error)? = nil) {
        self.kind = kind
        self.subject = subject
        self.service = service
        self.cause = cause
    }

    /// True where trying the same again later may help.
    public var isTransient: Bool {
        switch kind {
        case .busy, .serverFailure, .digestMismatch, .credentialUnavailable: true
        // A certificate that is not trusted will not be trusted in a minute either.
        case .unreachable: (cause as? HTTPFailure)?.isTransient ?? true
        default: false
        }
    }

    /// True for a failure after which the work may have been done nonetheless.
    var leavesOpen: Bool {
        switch kind {
        // An answer that makes no sense came after the request.
        case .serverFailure, .corrupt: true
        // A digest that the service itself refused; otherwise it took what arrived.
        case .digestMismatch: service == nil
        case .unreachable: !((cause as? HTTPFailure)?.kind.isBeforeRequest ?? false)
        default: false
        }
    }

    public var code: String { kind.rawValue }

    public var summary: String {
        guard let service else { return what }
        return "\(what)\(meaning(of: service)) (\(service))"
    }

    /// What the service's code says beyond a kind that stands for many codes.
    private func meaning(of service: ServiceAnswer) -> String {
        guard [.notAuthenticated, .notAuthorized, .unsupported, .badRequest].contains(kind),
            service.code != kind.serviceCode.code || kind == .notAuthorized,
            let entry = ErrorReference.shared[service.code], entry.family == .blobService
        else { return "" }
        return ": " + entry.meaning
    }

    private var what: String {
        switch kind {
        case .containerNotFound: "there is no container \(subject)"
        case .containerAlreadyExists: "the container \(subject) exists already"
        case .containerBeingDeleted: "the container \(subject) is being deleted"
        case .blobNotFound: "there is no blob \(subject)"
        case .blobAlreadyExists: "the blob \(subject) exists already"
        case .conditionNotMet: "\(subject) is no longer what it was"
        case .notModified: "\(subject) has not changed"
        case .invalidRange: "\(subject) has no bytes in that range"
        case .invalidBlockList: "a block named for \(subject) was never staged"
        case .invalidBlockID:
            "uncommitted blocks of \(subject) that another upload left have ids of another length, which cannot be mixed"
        case .blockListTooLong: "\(subject) has more than 50,000 blocks"
        case .tooManyBlocks: "\(subject) has too many uncommitted blocks"
        case .tooLarge: "\(subject) is larger than the service takes"
        case .digestMismatch: "bytes of \(subject) were damaged on the way"
        case .notAuthenticated: "the service does not accept the credential for \(subject)"
        case .credentialUnavailable: "no token for \(subject) could be had"
        case .notAuthorized: "the credential may not do this with \(subject)"
        case .busy: "the service is busy with \(subject)"
        case .serverFailure: "the service failed with \(subject)"
        case .unreachable: "the service of \(subject) could not be reached"
        case .outcomeUnknown: "whether \(subject) was written is not known, because an answer was lost"
        case .noSpace: "no space is left for \(subject)"
        case .unsupported: "the service cannot do this with \(subject)"
        case .badRequest: "the service did not understand a request about \(subject)"
        case .leaseAlreadyPresent: "\(subject) is leased already"
        case .leaseIDMissing: "\(subject) is leased, and may be changed by the holder only"
        case .leaseIDMismatch, .leaseIDMismatchWithLease: "the lease shown is not that of \(subject)"
        case .leaseNotPresent, .leaseNotPresentWithLease: "\(subject) is not leased"
        case .leaseLost: "the lease of \(subject) has ended"
        case .leaseBreaking, .leaseBreakingChange: "the lease of \(subject) is being broken"
        case .leaseBroken: "the lease of \(subject) was broken and cannot be renewed"
        case .snapshotsPresent: "\(subject) has snapshots"
        case .wrongBlobKind: "\(subject) is a blob of another kind"
        case .archived: "\(subject) lies in the archive tier and cannot be read"
        case .copyPending: "\(subject) is being copied to"
        case .noCopyPending: "nothing is being copied to \(subject)"
        case .copyIDMismatch: "another copy than that is being made to \(subject)"
        case .appendPosition: "\(subject) does not end where it was expected to"
        case .appendTooLong: "\(subject) would become longer than was allowed"
        case .sealed: "\(subject) is sealed: nothing can be appended"
        case .corrupt: "what the store answered about \(subject) makes no sense"
        }
    }

    /// True if the cause has a remedy of its own.
    private var explains: Bool { (cause as? any ExplainedError)?.remedy != nil }

    public var remedy: String? {
        switch kind {
        case .containerNotFound:
            "Create it with `penstock container create`, or give `--create-container`."
        case .containerBeingDeleted: "Wait half a minute, then try again."
        // What is wrong with the credential itself says more.
        case .notAuthenticated where explains, .credentialUnavailable where explains: nil
        case .credentialUnavailable: "Check that the authority can be reached from here."
        case .notAuthenticated:
            "Check the account name, and the key or SAS (`AZURE_STORAGE_KEY`, `AZURE_STORAGE_SAS_TOKEN`, "
                + "`AZURE_STORAGE_CONNECTION_STRING`); a clock more than 15 minutes off also does this."
        case .notAuthorized: "Check the permissions of the SAS or the role of the identity, and the account's firewall."
        case .containerAlreadyExists: "Use it as it is, or choose another name; nothing was changed."
        case .blobNotFound: "`penstock blob list` shows what is there."
        case .blobAlreadyExists: "Choose another name; nothing was overwritten."
        case .conditionNotMet: "Somebody changed it in the meantime; look at it, then try again."
        case .noSpace: "Free some space on the file system of the store, then try again."
        case .busy: "Try again later, or with a lower `--concurrency`."
        case .serverFailure: "Try again later; if it goes on, ask the service's operators about that request."
        case .unreachable: "Check that the service is running and can be reached from here."
        case .leaseIDMissing, .leaseAlreadyPresent:
            "Let its holder release the lease, or break it with `az storage blob lease break`."
        case .snapshotsPresent:
            "Delete them with it (`az storage blob delete --delete-snapshots include`), or keep the blob."
        case .wrongBlobKind: "Choose another name, or delete that blob first: a blob never changes its kind."
        case .archived: "Bring it to another tier with `az storage blob set-tier`, and wait until that is done."
        case .outcomeUnknown:
            "Look at it with `penstock blob stat` before you write it again: what is there is whole, but may be "
                + "somebody else's."
        case .notModified: "Use the copy that is here already."
        case .invalidRange: "Check its size with `penstock blob stat`; somebody may have written a shorter one."
        case .invalidBlockList:
            "Upload it again: somebody else has written it meanwhile, or its blocks were older than a week."
        case .invalidBlockID:
            "Choose another name, or write a small blob of this name with another tool and delete it, which drops those "
                + "blocks; the service drops them when they are a week old."
        case .tooManyBlocks:
            "Uploads that never ended left them. Choose another name, or write a small blob of this name with another "
                + "tool and delete it, which drops them; the service drops them when they are a week old."
        case .blockListTooLong, .tooLarge: "Give a larger `--memory`, which allows larger blocks, or split the stream."
        case .digestMismatch: "Try again; if it goes on, look for broken memory or a proxy that changes bytes."
        case .unsupported: "Check that the location names a block blob of a service that Penstock can use."
        case .leaseIDMismatch, .leaseIDMismatchWithLease, .leaseLost, .leaseNotPresent, .leaseNotPresentWithLease:
            "Acquire a lease, and show the id that was given."
        case .leaseBreaking, .leaseBreakingChange, .leaseBroken: "Wait until it has ended, then acquire a new lease."
        case .copyPending: "Wait for the copy to end, or abort it."
        case .noCopyPending, .copyIDMismatch: "Look at the blob's copy status."
        case .appendPosition, .appendTooLong: "Look at the blob's size; somebody else has appended to it."
        case .sealed: "Write on to another blob."
        case .badRequest, .corrupt: "Check that the location names a blob service, and report this if it does."
        }
    }

    public var exitCode: ExitCode {
        switch kind {
        case .containerNotFound, .blobNotFound: .notFound
        case .containerAlreadyExists, .blobAlreadyExists, .conditionNotMet: .exists
        case .notAuthenticated, .notAuthorized: .notPermitted
        case .busy, .serverFailure, .unreachable, .credentialUnavailable: .unreachable
        case .outcomeUnknown: (cause as? any ExplainedError)?.exitCode ?? .failed
        case .digestMismatch, .corrupt: .integrity
        case .noSpace, .blockListTooLong, .tooManyBlocks, .tooLarge: .limit
        default: .failed
        }
    }
}

/// What identifies an answer of a service, for its operators.
public struct ServiceAnswer: Sendable, Equatable, CustomStringConvertible {
    public let status: Int
    /// The service's own code, such as `AuthenticationFailed`; empty if it gave none.
    public let code: String
    public let requestID: String
    /// The service's own words, one line.
    public let message: String
    /// How long the service asks to be left alone.
    public let retryAfter: Duration?
    /// What the source of a copy answered to the service, such as `403 AuthorizationFailure`; `nil` if it was not asked.
    public let copySource: String?

    public init(
        status: Int, code: String, requestID: String, message: String = "", retryAfter: Duration? = nil,
        copySource: String? = nil
    ) {
        self.status = status
        self.code = code
        self.requestID = requestID
        self.message = message
        self.retryAfter = retryAfter
        self.copySource = copySource
    }

    public var description: String {
        let id = requestID.isEmpty ? "" : ", request \(requestID)"
        let source = copySource.map { ", the source said \($0)" } ?? ""
        return (code.isEmpty ? "status \(status)" : "\(status) \(code)") + source + id
    }
}
