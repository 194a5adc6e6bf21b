public import FoundationEssentials
public import HTTPMessages

/// The facts of a request by which its token is judged.
public struct SASRequest: Sendable {
    public var operation: BlobOperation
    public var account: String
    /// Decoded; `nil` for operations of the account.
    public var container: String?
    /// Decoded; `nil` for operations of the account or a container.
    public var blob: String?
    /// The value of `snapshot` or `versionid`, or empty.
    public var snapshot: String
    public var scheme: HTTPURL.Scheme
    /// The address of the client, without a port; `nil` where it is not known.
    public var clientAddress: String?
    public var now: Date

    public init(
        _ operation: BlobOperation, account: String, container: String? = nil, blob: String? = nil,
        snapshot: String = "", scheme: HTTPURL.Scheme, clientAddress: String?, now: Date
    ) {
        self.operation = operation
        self.account = account
        self.container = container
        self.blob = blob
        self.snapshot = snapshot
        self.scheme = scheme
        self.clientAddress = clientAddress
        self.now = now
    }
}

/// A policy stored with a container, which a token names by `si`.
public struct StoredAccessPolicy: Sendable, Equatable {
    /// As written; empty where the token is to say it.
    public var start: String
    public var expiry: String
    public var permissions: String

    public init(start: String = "", expiry: String = "", permissions: String = "") {
        self.start = start
        self.expiry = expiry
        self.permissions = permissions
    }
}

extension StoredAccessPolicy {
    /// Every letter a policy may hold.
    ///
    /// Source: <https://learn.microsoft.com/rest/api/storageservices/create-service-sas#permissions-for-a-directory-container-or-blob>
    public static let permissions = "racwdxyltfmeopi"

    /// True for a time as tokens and policies write it.
    public static func isTime(_ text: String) -> Bool { time(text) != nil }

    /// A time as tokens and policies write it; `nil` for anything else.
    public static func time(_ text: String) -> Date? { SASTime.parse(text) }
}

/// What a token allows of a request.
public enum SASDecision: Sendable, Equatable {
    case allowed
    /// Only while the blob does not exist; otherwise the answer is 403 `UnauthorizedBlobOverwrite`.
    case allowedForNewBlob
    case refused(AuthorizationRefusal)
}

extension SASToken {
    /// Judges a request by this token, in the order in which the service does.
    ///
    /// - Parameters:
    ///   - keys: The keys of the account of the request.
    ///   - delegation: The user delegation key of the token's terms; only with it a token of that form is let through.
    ///     Whether its holder may do what the token says is another question.
    ///   - policy: The stored policy of that name of the request's container.
    public func decide(
        _ request: SASRequest, keys: [SharedKey], delegation: SharedKey? = nil,
        policy: (String) -> StoredAccessPolicy? = { _ in nil }
    ) -> SASDecision {
        do throws(AuthorizationRefusal) {
            let isDelegated = fields.form == .userDelegation
            if isDelegated, delegation == nil {
                throw failed("A user delegation SAS can be checked only by the service that gave out its key.")
            }
            try checkForm(of: request)
            // Before the policy: who cannot sign is not told which policies there are.
            try checkSignature(of: request, keys: isDelegated ? [delegation].compactMap(\.self) : keys)
            let terms = try terms(policy)
            try checkTime(terms, now: request.now)
            if isDelegated { try checkDelegation(now: request.now) }
            try checkOrigin(of: request)
            return try checkPermission(terms.permissions, of: request)
        } catch {
            return .refused(error)
        }
    }

    /// Start, expiry and permissions, each said by the token or by its policy.
    private func terms(
        _ policy: (String) -> StoredAccessPolicy?
    ) throws(AuthorizationRefusal) -> StoredAccessPolicy {
        var terms = StoredAccessPolicy(start: fields["st"], expiry: fields["se"], permissions: fields.permissions)
        if !fields["si"].isEmpty {
            guard fields.form == .service else { throw failed("'si' is for tokens of a container or a blob.") }
            guard let stored = policy(fields["si"]) else {
                throw failed("The stored access policy '\(fields["si"])' is not known.")
            }
            for (own, other, name) in [
                (terms.start, stored.start, "st"), (terms.expiry, stored.expiry, "se"),
                (terms.permissions, stored.permissions, "sp"),
            ] where !own.isEmpty && !other.isEmpty {
                throw failed("'\(name)' is given by the token and by its stored access policy.")
            }
            terms.start += stored.start
            terms.expiry += stored.expiry
            terms.permissions += stored.permissions
        }
        guard !terms.expiry.isEmpty else { throw failed("'se' is missing.") }
        guard !terms.permissions.isEmpty else { throw failed("'sp' is missing.") }
        return terms
    }

    private func checkForm(of request: SASRequest) throws(AuthorizationRefusal) {
        guard fields.form != .account else { return }
        switch (fields["sr"], request.container, request.blob) {
        case ("c", .some, _), ("b", .some, .some): return
        case ("bs", .some, .some), ("bv", .some, .some):
            guard !request.snapshot.isEmpty else { throw failed("The request names no snapshot or version.") }
        case ("b", _, _), ("bs", _, _), ("bv", _, _), ("c", _, _):
            throw AuthorizationRefusal(
                .resourceTypeMismatch, detail: "sr=\(fields["sr"]) does not cover the resource of the request.")
        default: throw failed("sr=\(fields["sr"]) is not known.")
        }
    }

    private func checkSignature(of request: SASRequest, keys: [SharedKey]) throws(AuthorizationRefusal) {
        guard let text = stringToSign(of: request) else { throw failed("sv=\(fields.version) is not known.") }
        guard keys.contains(where: { matches(text, key: $0) }) else {
            throw failed("Signature did not match. String to sign used was \(text)")
        }
    }

    private func stringToSign(of request: SASRequest) -> String? {
        guard fields.form != .account else { return fields.stringToSign(forAccount: request.account) }
        let named = ["bs", "bv"].contains(fields["sr"])
        let resource = SASResource(
            account: request.account, container: request.container ?? "",
            blob: fields["sr"] == "c" ? nil : request.blob, snapshot: named ? request.snapshot : "")
        return fields.stringToSign(for: resource)
    }

    private func checkTime(_ terms: StoredAccessPolicy, now: Date) throws(AuthorizationRefusal) {
        if !terms.start.isEmpty {
            guard let start = SASTime.parse(terms.start) else { throw failed("'st' is not a time.") }
            guard start <= now else { throw failed("The token is not valid before \(terms.start).") }
        }
        guard let expiry = SASTime.parse(terms.expiry) else { throw failed("'se' is not a time.") }
        guard now < expiry else { throw failed("The token expired at \(terms.expiry).") }
    }

    /// The key is good for its own time, and for its own service.
    private func checkDelegation(now: Date) throws(AuthorizationRefusal) {
        guard let start = SASTime.parse(fields["skt"]), let end = SASTime.parse(fields["ske"]) else {
            throw failed("'skt' or 'ske' is not a time.")
        }
        guard start <= now, now < end else {
            throw failed("The key is good from \(fields["skt"]) to \(fields["ske"]) only.")
        }
        guard fields["sks"] == "b" else { throw failed("sks=\(fields["sks"]) is not the blob service.") }
        guard fields["srh"].isEmpty, fields["srq"].isEmpty else {
            throw failed("Signatures over headers or parameters of requests are not judged here.")
        }
    }

    private func checkOrigin(of request: SASRequest) throws(AuthorizationRefusal) {
        if !fields["sip"].isEmpty {
            guard let addresses = AddressRange(fields["sip"]) else { throw failed("'sip' is no address or range.") }
            guard let client = request.clientAddress, addresses.contains(client) else {
                throw AuthorizationRefusal(
                    .sourceIPMismatch, detail: "Source address \(request.clientAddress ?? "unknown") is not allowed.")
            }
        }
        switch fields["spr"] {
        case "", "https,http", "http,https": return
        case "https":
            guard request.scheme == .https else {
                throw AuthorizationRefusal(.protocolMismatch, detail: "The token is for https only.")
            }
        default: throw failed("'spr' is neither 'https' nor 'https,http'.")
        }
    }

    private func checkPermission(
        _ permissions: String, of request: SASRequest
    ) throws(AuthorizationRefusal) -> SASDecision {
        let needed = request.operation.requirement
        var letters = needed.service
        if fields.form == .account {
            guard fields["ss"].contains("b") else {
                throw AuthorizationRefusal(.serviceMismatch, detail: "ss=\(fields["ss"]) does not cover blobs.")
            }
            if let type = needed.resourceType, !fields["srt"].contains(type) {
                throw AuthorizationRefusal(
                    .resourceTypeMismatch, detail: "srt=\(fields["srt"]) does not cover '\(type)'.")
            }
            letters = needed.account
        } else if needed.needsContainerToken, fields["sr"] != "c" {
            throw AuthorizationRefusal(.resourceTypeMismatch, detail: "The operation needs a token of the container.")
        }
        if needed.allowsAny { return .allowed }
        let granted = letters.filter(permissions.contains)
        guard !granted.isEmpty else {
            throw AuthorizationRefusal(
                .permissionMismatch,
                detail: letters.isEmpty
                    ? "No token of this form allows \(request.operation)."
                    : "sp=\(permissions) holds none of '\(letters)', which \(request.operation) needs.")
        }
        let onlyNew = needed.forNewBlob.map { granted == String($0) } ?? false
        return onlyNew ? .allowedForNewBlob : .allowed
    }

    private func failed(_ detail: String) -> AuthorizationRefusal {
        AuthorizationRefusal(.authenticationFailed, detail: detail)
    }
}
