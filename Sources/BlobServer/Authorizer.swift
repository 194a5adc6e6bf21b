import AzureIdentity
import BlobStorage
import Diagnostics
import FoundationEssentials
import HTTPListener
import HTTPMessages

/// Whether a request may be done.
enum Permission: Equatable {
    case granted
    /// Only while the blob does not exist.
    case grantedForNewBlob

    /// What two that must both be given leave.
    func and(_ other: Permission) -> Permission { self == .granted ? other : self }
}

/// A request that was let in: how far, and by whose right.
struct Admission {
    let permission: Permission
    let settings: AccountSettings
    /// Whom it speaks for, where it shows a token of Entra ID.
    var holder: TokenHolder?
}

/// Judges requests by what their account's owner has set, and by the credential they show.
struct Authorizer {
    /// `nil` if there is no account of the name in the request.
    let published: PublishedAccount?
    let now: Date
    let settings: AccountSettings

    init(published: PublishedAccount?, now: Date) {
        self.published = published
        self.now = now
        settings = published?.policy.settings() ?? AccountSettings(keys: [], allowsPublicAccess: false)
    }

    /// Throws what refuses the request; an account is only read by its secondary address.
    ///
    /// - Parameter operation: `nil` for one that is not known, which is told only to those who may know.
    func authorize(_ request: ServiceRequest, for operation: ServiceOperation?) async throws -> Admission {
        try refuseUnreachable(request)
        let admission = try await admission(of: request, for: operation)
        guard !request.isSecondary || request.method == .get || request.method == .head else {
            throw ServiceFailure(
                403, "InsufficientAccountPermissions",
                "The account being accessed does not have sufficient permissions to execute this operation.")
        }
        try refuseUnavailable(request)
        return admission
    }

    private func admission(of request: ServiceRequest, for operation: ServiceOperation?) async throws -> Admission {
        let headers = request.fields.values(of: "Authorization")
        let hasToken = SASToken.isPresent(in: request.query)
        guard headers.count <= 1 else { throw Self.malformed }
        if hasToken { return try await signed(request, showing: headers.first, for: operation) }
        guard let header = headers.first else {
            guard try await isPublic(request, operation) else { throw try await anonymous(request, operation) }
            return Admission(permission: .granted, settings: settings)
        }
        if let token = BearerToken(header: header) {
            let holder = try token.holder(request, settings, published?.policy, now: now)
            let permission = try permission(of: holder, for: operation, request)
            return Admission(permission: permission, settings: settings, holder: holder)
        }
        try refuseKeys()
        try checkSignature(header, of: request)
        return Admission(permission: .granted, settings: settings)
    }

    /// What somebody's roles allow of a request.
    private func permission(
        of holder: TokenHolder, for operation: ServiceOperation?, _ request: ServiceRequest
    ) throws(ServiceFailure) -> Permission {
        guard let operation else { return .granted }
        let container = request.containerText
        func allows(_ action: BlobAction) -> Bool {
            published?.policy.allows(action, to: holder, in: container) ?? false
        }
        if let tags = operation.tagPermission(request) {
            guard allows(tags == .getBlobTags ? .readTags : .writeTags) else { throw .missingRole }
        }
        let actions = operation.actions
        guard !actions.isEmpty else { return .granted }
        guard let found = actions.first(where: allows) else { throw .missingRole }
        return found == .addBlobs && operation.isForNewBlob ? .grantedForNewBlob : .granted
    }

    // MARK: - Without a credential

    /// True if the container lets everybody do that, and the account lets containers do so.
    private func isPublic(_ request: ServiceRequest, _ operation: ServiceOperation?) async throws -> Bool {
        guard settings.allowsPublicAccess else { return false }
        return try await isOpen(request, operation)
    }

    /// True if the container lets everybody do that.
    private func isOpen(_ request: ServiceRequest, _ operation: ServiceOperation?) async throws -> Bool {
        guard let operation, operation.isAllowed(to: .container, request) else { return false }
        guard let access = try await access(to: request) else { return false }
        return operation.isAllowed(to: access.publicAccess, request)
    }

    /// What the container of the request allows; `nil` if there is no such container.
    private func access(to request: ServiceRequest) async throws -> ContainerAccess? {
        guard let account = published?.account, let name = try? request.containerName() else { return nil }
        do {
            return try await account.store(of: name).containerProperties().access
        } catch let error as BlobStoreError where error.kind == .containerNotFound {
            return nil
        }
    }

    /// What is answered where nothing was shown: where tokens count, whoever knows how is told where to get one.
    private func anonymous(_ request: ServiceRequest, _ operation: ServiceOperation?) async throws -> ServiceFailure {
        guard settings.tenant != nil else { return .anonymous(request) }
        let isOpen = try await isOpen(request, operation)
        guard !isOpen else { return ServiceFailure(409, "PublicAccessNotPermitted") }
        guard (request.fields["x-ms-version"] ?? "") >= BearerToken.challengeVersion else { return .anonymous(request) }
        var failure = ServiceFailure.noAuthentication
        failure.fields = [BearerToken.challenge(to: request, settings)]
        return failure
    }

    // MARK: - Keys and signatures

    private func refuseKeys() throws(ServiceFailure) {
        guard settings.takesKeys else { throw ServiceFailure(403, "KeyBasedAuthenticationNotPermitted") }
    }

    private func checkSignature(_ header: String, of request: ServiceRequest) throws(ServiceFailure) {
        guard let authorization = SharedKeyAuthorization(header: header) else { throw Self.malformed }
        let length: Int? = if case .known(let count) = request.head.length { count } else { nil }
        let text = SignedText(
            method: request.method, target: request.head.target, fields: request.fields, contentLength: length,
            account: request.account)
        let refusal =
            authorization.account == request.account
            ? authorization.refusal(of: text, keys: settings.keys, now: now)
            : AuthorizationRefusal(
                .authenticationFailed, detail: "The account of the header is not the account of the URL.")
        if let refusal { throw .unauthorized(refusal) }
    }

    /// Lets in what a shared access signature allows; a delegated one no more than its holder may do now.
    private func signed(
        _ request: ServiceRequest, showing header: String?, for operation: ServiceOperation?
    ) async throws -> Admission {
        let token: SASToken
        do throws(CredentialError) {
            token = try SASToken(request.query)
        } catch {
            throw ServiceFailure.unauthorized(AuthorizationRefusal(.authenticationFailed, detail: error.summary))
        }
        guard token.fields.form == .userDelegation else {
            guard header == nil else { throw Self.malformed }
            try refuseKeys()
            let permission = try await permission(of: token, nil, request, operation ?? .getAccountInformation)
            try refuseLongLife(token)
            return Admission(permission: permission, settings: settings)
        }
        let delegation = Delegation(token.fields)
        let key =
            delegation.terms.holder.tenant == settings.tenant
            ? published?.policy.delegationKey(for: delegation.terms) : nil
        guard delegation.boundObject != nil || header == nil else { throw Self.malformed }
        let signed = try await permission(of: token, key, request, operation ?? .getAccountInformation)
        try refuseLongLife(token)
        try checkBearer(header, of: delegation, request)
        let held = try permission(of: delegation.terms.holder, for: operation, request)
        return Admission(permission: signed.and(held), settings: settings, holder: nil)
    }

    /// A signature that is bound to somebody counts only beside a token of that somebody.
    private func checkBearer(
        _ header: String?, of delegation: Delegation, _ request: ServiceRequest
    ) throws(ServiceFailure) {
        guard let object = delegation.boundObject else { return }
        guard let token = header.flatMap({ BearerToken(header: $0) }) else { throw .anonymous(request) }
        let holder = try token.holder(
            request, settings, published?.policy, now: now, isForeign: settings.allowsForeignDelegation)
        guard holder == TokenHolder(object: object, tenant: delegation.boundTenant) else { throw .missingRole }
    }

    /// What a token of itself allows.
    private func permission(
        of token: SASToken, _ delegation: SharedKey?, _ request: ServiceRequest, _ operation: ServiceOperation
    ) async throws -> Permission {
        var facts = SASRequest(
            operation.permission, account: request.account,
            snapshot: request.query.value("snapshot") ?? request.query.value("versionid") ?? "",
            scheme: request.head.scheme, clientAddress: request.head.peer, now: now)
        facts.container = request.containerText
        if case .blob(_, let name) = request.resource { facts.blob = name }
        // Read for each request, so that a policy that is changed or taken away counts from the next one on.
        let policies = token.fields["si"].isEmpty ? [] : try await access(to: request)?.policies ?? []
        func decide() throws(ServiceFailure) -> Permission {
            let decision = token.decide(facts, keys: settings.keys, delegation: delegation) { id in
                policies.first { $0.id == id }.map {
                    StoredAccessPolicy(start: $0.start, expiry: $0.expiry, permissions: $0.permissions)
                }
            }
            switch decision {
            case .allowed: return .granted
            case .allowedForNewBlob: return .grantedForNewBlob
            case .refused(let refusal): throw .unauthorized(refusal)
            }
        }
        let permission = try decide()
        if let tags = operation.tagPermission(request) {
            facts.operation = tags
            _ = try decide()
        }
        return permission
    }

    /// Signatures must say when they begin, and end soon enough after that, where the owner wants it so.
    private func refuseLongLife(_ token: SASToken) throws(ServiceFailure) {
        guard let longest = settings.longestSignature, token.fields["si"].isEmpty else { return }
        guard let life = token.fields.life, life <= longest else {
            throw .unauthorized(
                AuthorizationRefusal(
                    .authenticationFailed,
                    detail: "The account's policy refuses signatures that live longer than \(longest), or say no start."
                ))
        }
    }

    static let malformed = ServiceFailure(
        400, "InvalidAuthenticationInfo",
        "Authentication information is not given in the correct format. Check the "
            + "value of Authorization header.")
}

extension ServiceRequest {
    /// The container that a path names, decoded and not checked.
    var containerText: String? {
        switch resource {
        case .account: nil
        case .container(let name), .blob(let name, _): name
        }
    }
}

extension ServiceFailure {
    static let missingRole = ServiceFailure.unauthorized(
        AuthorizationRefusal(.permissionMismatch, detail: "No role allows it."))

    static let noAuthentication = ServiceFailure(
        401, "NoAuthenticationInformation",
        "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.",
        fields: [Detail("WWW-Authenticate", "SharedKey")])

    /// As the service answers where nothing is public: a reader is not even told that something is there.
    static func anonymous(_ request: ServiceRequest) -> ServiceFailure {
        guard request.resource != .account, request.method == .get || request.method == .head else {
            return noAuthentication
        }
        return ServiceFailure(404, "ResourceNotFound")
    }

    /// A failure in the words that the service has for its code.
    init(_ status: Int, _ code: String) { self.init(status, code, ServiceMessage.text(for: code)) }
}
