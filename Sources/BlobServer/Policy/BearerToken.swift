import AzureIdentity
import Diagnostics
import FoundationEssentials
import HTTPListener
import HTTPMessages

/// A token of Entra ID, as a request shows it.
struct BearerToken {
    /// The longest token that is looked at, in bytes.
    private static let longest = 16 << 10
    /// The first version in which tokens count.
    private static let firstVersion = "2017-11-09"
    /// The first version in which a request without a token is told where to get one.
    static let challengeVersion = "2019-12-12"

    private let text: Secret<String>

    /// `nil` for a header of another scheme.
    init?(header: String) {
        let words = header.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard words[0].lowercased() == "bearer" else { return nil }
        text = Secret(words.count == 2 ? String(words[1]) : "")
    }

    /// Whom it speaks for.
    ///
    /// - Parameter isForeign: True where somebody of another tenant is welcome.
    func holder(
        _ request: ServiceRequest, _ settings: AccountSettings, _ policy: (any AccountPolicy)?, now: Date,
        isForeign: Bool = false
    ) throws(ServiceFailure) -> TokenHolder {
        guard let policy, let tenant = settings.tenant else {
            throw .unauthorized(
                AuthorizationRefusal(.authenticationFailed, detail: "Bearer tokens are not accepted by this server."))
        }
        try Self.checkWay(request)
        let holder: TokenHolder
        do throws(TokenRefusal) {
            guard text.reveal({ $0.utf8.count <= Self.longest }) else { throw TokenRefusal("The token is too long.") }
            holder = try policy.holder(of: text, now: now)
            guard isForeign || holder.tenant == tenant else {
                throw TokenRefusal("Issuer validation failed. Issuer did not match.")
            }
        } catch {
            throw ServiceFailure(
                401, "InvalidAuthenticationInfo",
                "Server failed to authenticate the request. Please refer to the information in the www-authenticate "
                    + "header.",
                details: [ServiceFailure.Detail("AuthenticationErrorDetail", error.detail)],
                fields: [Self.challenge(to: request, settings)])
        }
        return holder
    }

    /// Tokens go over TLS, or stay on this machine.
    private static func checkWay(_ request: ServiceRequest) throws(ServiceFailure) {
        let isPrivate = request.head.scheme == .https || request.head.peer.isLoopbackAddress
        guard isPrivate else {
            throw .unauthorized(AuthorizationRefusal(.authenticationFailed, detail: "Bearer tokens need https."))
        }
        guard (request.fields["x-ms-version"] ?? "") >= firstVersion else {
            throw .unauthorized(
                AuthorizationRefusal(
                    .authenticationFailed, detail: "Bearer tokens need x-ms-version \(firstVersion) or later."))
        }
    }

    /// The header that says where a token for the account is to be had.
    static func challenge(to request: ServiceRequest, _ settings: AccountSettings) -> ServiceFailure.Detail {
        let base = "\(request.head.scheme)://\(request.baseHost)/\(settings.tenant ?? "")/oauth2/authorize"
        return ServiceFailure.Detail(
            "WWW-Authenticate", "Bearer authorization_uri=\(base) resource_id=https://storage.azure.com")
    }
}

extension ServiceRequest {
    /// Host and port without the account that may stand in front of them.
    fileprivate var baseHost: String {
        let host = fields["Host"] ?? ""
        let own = account + (isSecondary ? "-secondary" : "") + ".blob."
        return host.lowercased().hasPrefix(own) ? String(host.dropFirst(own.count)) : host
    }
}

extension String {
    /// True for the address of a client on this machine.
    fileprivate var isLoopbackAddress: Bool {
        self == "::1" || hasPrefix("127.") || hasPrefix("::ffff:127.")
    }
}
