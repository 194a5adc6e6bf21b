import AzureIdentity
import FoundationEssentials
import HTTPListener
import HTTPMessages

/// Whether a request may be done.
enum Permission: Equatable {
    case granted
    /// Only while the blob does not exist.
    case grantedForNewBlob
}

/// Judges requests by the keys of their account.
struct Authorizer {
    let keys: [SharedKey]
    let now: Date

    func authorize(_ request: ServiceRequest, for operation: ServiceOperation) throws(ServiceFailure) -> Permission {
        let headers = request.fields.values(of: "Authorization")
        let hasToken = SASToken.isPresent(in: request.query)
        guard headers.count <= 1, headers.isEmpty || !hasToken else { throw Self.malformed }
        if let header = headers.first {
            try checkSignature(header, of: request)
            return .granted
        }
        guard hasToken else { throw Self.anonymous(request) }
        return try checkToken(of: request, for: operation)
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
    ) throws(ServiceFailure) -> Permission {
        let token: SASToken
        do throws(CredentialError) {
            token = try SASToken(request.query)
        } catch {
            throw .unauthorized(AuthorizationRefusal(.authenticationFailed, detail: error.summary))
        }
        var facts = SASRequest(
            operation.permission, account: request.account, scheme: request.head.scheme,
            clientAddress: request.head.peer, now: now)
        switch request.resource {
        case .account: break
        case .container(let name): facts.container = name
        case .blob(let container, let name):
            facts.container = container
            facts.blob = name
        }
        switch token.decide(facts, keys: keys) {
        case .allowed: return .granted
        case .allowedForNewBlob: return .grantedForNewBlob
        case .refused(let refusal): throw .unauthorized(refusal)
        }
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
