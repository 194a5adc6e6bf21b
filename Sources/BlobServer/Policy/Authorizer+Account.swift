import BlobStorage
import HTTPListener
import HTTPMessages

extension Authorizer {
    /// Throws what keeps the request from reaching the account at all, whatever it shows.
    func refuseUnreachable(_ request: ServiceRequest) throws(ServiceFailure) {
        guard settings.hasBlobs else { throw ServiceFailure(404, "ResourceNotFound") }
        guard settings.admits(request.head.peer) else { throw ServiceFailure(403, "AuthorizationFailure") }
        guard !settings.requiresHTTPS || request.head.scheme == .https else {
            throw ServiceFailure(400, "AccountRequiresHttps")
        }
    }

    /// Throws what keeps the account from doing what it would otherwise do.
    func refuseUnavailable(_ request: ServiceRequest) throws(ServiceFailure) {
        let isReading = request.method == .get || request.method == .head
        let isOut =
            switch settings.outage {
            case .none: false
            case .everything: true
            case .primary: !request.isSecondary
            case .writing: !isReading
            }
        guard !isOut else { throw ServiceFailure(.busy) }
        guard settings.canDecrypt else { throw ServiceFailure(403, "KeyVaultEncryptionKeyNotFound") }
    }
}
