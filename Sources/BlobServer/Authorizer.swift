import AzureIdentity
import BlobStorage
import FoundationEssentials
import HTTPListener
import HTTPMessages

/// Whether a request may be done.
enum Permission: Equatable {
    case granted
    /// Only while the blob does not exist.
    case grantedForNewBlob
}

/// Judges requests by the keys of their account, and by what the account's containers allow.
struct Authorizer {
    /// `nil` if there is no account of the name in the request.
    let published: PublishedAccount?
    let now: Date

    private var keys: [SharedKey] { published?.keys ?? [] }

    /// Throws what refuses the request; an account is only read by its secondary address.
    func authorize(_ request: ServiceRequest, for operation: ServiceOperation) async throws -> Permission {
        let permission = try await permission(for: operation, request)
        guard !request.isSecondary || request.method == .get || request.method == .head else {
            throw ServiceFailure(
                403, "InsufficientAccountPermissions",
                "The account being accessed does not have sufficient permissions to execute this operation.")
        }
        return permission
    }

    private func permission(for operation: ServiceOperation, _ request: ServiceRequest) async throws -> Permission {
        let headers = request.fields.values(of: "Authorization")
        let hasToken = SASToken.isPresent(in: request.query)
        guard headers.count <= 1, headers.isEmpty || !hasToken else { throw Self.malformed }
        if let header = headers.first {
            try checkSignature(header, of: request)
            return .granted
        }
        if hasToken { return try await checkToken(of: request, for: operation) }
        guard try await isPublic(request, operation) else { throw Self.anonymous(request) }
        return .granted
    }

    /// True if the container lets everybody do that, and the account lets containers do so.
    private func isPublic(_ request: ServiceRequest, _ operation: ServiceOperation) async throws -> Bool {
        guard published?.allowsPublicAccess == true, operation.isAllowed(to: .container, request) else { return false }
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

    private func checkSignature(_ header: String, of request: ServiceRequest) throws(ServiceFailure) {
        let scheme = header.prefix { $0 != " " }
        guard scheme != "Bearer" else {
            throw .unauthorized(
                AuthorizationRefusal(.authenticationFailed, detail: "Bearer tokens are not accepted by this server."))
        }
        guard let authorization = SharedKeyAuthorization(header: header) else { throw Self.malformed }
        let length: Int? = if case .known(let count) = request.head.length { count } else { nil }
        let text = SignedText(
            method: request.method, target: request.head.target, fields: request.fields, contentLength: length,
            account: request.account)
        let refusal =
            authorization.account == request.account
            ? authorization.refusal(of: text, keys: keys, now: now)
            : AuthorizationRefusal(
                .authenticationFailed, detail: "The account of the header is not the account of the URL.")
        if let refusal { throw .unauthorized(refusal) }
    }

    private func checkToken(
        of request: ServiceRequest, for operation: ServiceOperation
    ) async throws -> Permission {
        let token: SASToken
        do throws(CredentialError) {
            token = try SASToken(request.query)
        } catch {
            throw ServiceFailure.unauthorized(AuthorizationRefusal(.authenticationFailed, detail: error.summary))
        }
        var facts = SASRequest(
            operation.permission, account: request.account,
            snapshot: request.query.value("snapshot") ?? request.query.value("versionid") ?? "",
            scheme: request.head.scheme, clientAddress: request.head.peer, now: now)
        switch request.resource {
        case .account: break
        case .container(let name): facts.container = name
        case .blob(let container, let name):
            facts.container = container
            facts.blob = name
        }
        // Read for each request, so that a policy that is changed or taken away counts from the next one on.
        let policies = token.fields["si"].isEmpty ? [] : try await access(to: request)?.policies ?? []
        func decide() -> SASDecision {
            token.decide(facts, keys: keys) { id in
                policies.first { $0.id == id }.map {
                    StoredAccessPolicy(start: $0.start, expiry: $0.expiry, permissions: $0.permissions)
                }
            }
        }
        let decision = decide()
        if case .refused(let refusal) = decision { throw ServiceFailure.unauthorized(refusal) }
        if let tags = operation.tagPermission(request) {
            facts.operation = tags
            if case .refused(let refusal) = decide() { throw ServiceFailure.unauthorized(refusal) }
        }
        return decision == .allowedForNewBlob ? .grantedForNewBlob : .granted
    }

    private static let malformed = ServiceFailure(
        400, "InvalidAuthenticationInfo",
        "Authentication information is not given in the correct format. Check the "
            + "value of Authorization header.")

    /// As the service answers where nothing is public: a reader is not even told that something is there.
    private static func anonymous(_ request: ServiceRequest) -> ServiceFailure {
        if request.resource != .account, request.method == .get || request.method == .head {
            return ServiceFailure(404, "ResourceNotFound", "The specified resource does not exist.")
        }
        return ServiceFailure(
            401, "NoAuthenticationInformation",
            "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.",
            fields: [ServiceFailure.Detail("WWW-Authenticate", "SharedKey")])
    }
}
