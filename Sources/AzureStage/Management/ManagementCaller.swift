import AzureIdentity
import AzureManagement
import FoundationEssentials
import HTTPMessages
import Synchronization

/// Somebody who showed a token for the resource manager.
struct ManagementCaller: Sendable {
    let object: String
    let tenant: String
    let client: String
}

extension AzureStage {
    /// Who asks, in any tenant.
    func caller(of request: StageRequest, for audience: StageAudience = .management) throws(StageFailure)
        -> ManagementCaller
    {
        let tenants = state.withLock { Set($0.tenants.keys) }
        guard let token = request.bearer else {
            throw StageFailure(
                401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")
        }
        do throws(TokenFault) {
            let claims = try signer.claims(of: token, for: audience, tenants: tenants, now: clock())
            return ManagementCaller(
                object: claims.object ?? "", tenant: claims.tenant ?? "", client: claims.application ?? "")
        } catch {
            let code =
                switch error.kind {
                case .lifetime: "ExpiredAuthenticationToken"
                case .audience: "InvalidAuthenticationTokenAudience"
                case .malformed, .signature, .issuer: "InvalidAuthenticationToken"
                }
            throw StageFailure(401, code, "The access token is invalid. \(error.detail)")
        }
    }

    /// Who asks about a subscription; somebody of another tenant is told which one is right.
    func caller(of request: StageRequest, in subscription: StageState.Subscription) throws(StageFailure)
        -> ManagementCaller
    {
        let authority = "\(request.base)/\(subscription.tenant)"
        do throws(StageFailure) {
            let caller = try caller(of: request)
            guard caller.tenant == subscription.tenant else {
                throw StageFailure(
                    401, "InvalidAuthenticationTokenTenant",
                    "The access token is from the wrong issuer '\(TokenSigner.issuer(of: caller.tenant))'. It must match "
                        + "the tenant '\(TokenSigner.issuer(of: subscription.tenant))' associated with this subscription. "
                        + "Please use the authority (URL) '\(authority)' to get the token.")
            }
            return caller
        } catch {
            var failure = error
            failure.fields["WWW-Authenticate"] =
                "Bearer authorization_uri=\"\(authority)\", error=\"invalid_token\", "
                + "error_description=\"\(failure.message.replacing("\"", with: "'"))\""
            throw failure
        }
    }

    /// Throws where no role of the caller's allows an action.
    func require(
        _ action: String, of caller: ManagementCaller, at scope: String, onData: Bool = false
    ) throws(StageFailure) {
        let wanted = StorageAction(name: action, isOnData: onData)
        let isAllowed = state.withLock { state in
            state.grants(of: caller.object, in: caller.tenant, at: scope).contains { $0.allows(wanted) }
        }
        guard isAllowed else {
            throw StageFailure(
                403, "AuthorizationFailed",
                "The client '\(caller.client)' with object id '\(caller.object)' does not have authorization to perform "
                    + "action '\(action)' over scope '\(scope)' or the scope is invalid. If access was recently granted, "
                    + "please refresh your credentials.")
        }
    }

    /// Throws where a lock keeps a resource from being changed, or from being deleted.
    func refuseLocked(_ scope: String, forDeletion: Bool = false) throws(StageFailure) {
        guard let lock = state.withLock({ $0.lock(at: scope, forDeletion: forDeletion) }) else { return }
        throw StageFailure(
            409, "ScopeLocked",
            "The scope '\(scope)' cannot perform \(forDeletion ? "delete" : "write") operation because following scope(s) "
                + "are locked: '\(lock.scope)'. Please remove the lock and try again.")
    }
}
