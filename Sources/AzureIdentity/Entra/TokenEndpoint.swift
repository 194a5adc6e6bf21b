import Diagnostics
import FoundationEssentials
import HTTPMessages

/// The authority's door for one tenant: what is asked there, and how often.
struct TokenEndpoint: Sendable {
    let identity: String
    let url: HTTPURL
    let services: IdentityServices

    /// The waits after a busy or broken authority, in seconds; the waits it asks for go first.
    private static let waits: [Double] = [1, 2, 4, 8]
    /// The longest wait that is done for the authority's sake.
    private static let longestWait = 60.0

    /// - Parameter tenant: An id or a domain.
    init(tenant: String, identity: String, services: IdentityServices) {
        self.identity = identity
        self.services = services
        url = Self.url(tenant: tenant, in: services.cloud)
    }

    private static func url(tenant: String, in cloud: Cloud) -> HTTPURL {
        var url = cloud.authority
        while url.path.hasSuffix("/") { url.path.removeLast() }
        url.path += "/\(PercentCoding.encode(tenant))/oauth2/v2.0/token"
        return url
    }

    /// Asks for a token with the fields of a form.
    ///
    /// - Parameter secret: What must not be in any message, though the authority should say it.
    func token(
        for audience: TokenAudience, _ fields: [(String, String)], hiding secret: Secret<String>
    ) async throws -> AccessToken {
        guard url.isFitForSecrets else {
            throw IdentityError(.insecure, identity, detail: "\(url.host) is not on this machine")
        }
        var form = HTTPQuery()
        form.append("grant_type", "client_credentials")
        for (name, value) in fields { form.append(name, value) }
        form.append("scope", services.cloud.resource(for: audience) + "/.default")
        var failed = 0
        while true {
            do throws(Busy) {
                return try await ask(Array(form.encoded.utf8), hiding: secret)
            } catch {
                guard case .again(let failure, let asked) = error else { throw error.failure }
                guard failed < Self.waits.count, (asked ?? 0) <= Self.longestWait else { throw failure }
                // An unreachable authority is said soon; the wait for a busy one is what it asks for.
                if failure.kind == .unreachable, failed >= 2 { throw failure }
                try await services.clock.sleep(for: .seconds(asked ?? Self.waits[failed]))
                failed += 1
            }
        }
    }

    private enum Busy: Error {
        case again(IdentityError, after: Double?)
        case final(any Error)

        var failure: any Error {
            switch self {
            case .again(let error, _): error
            case .final(let error): error
            }
        }
    }

    private func ask(_ form: [UInt8], hiding secret: Secret<String>) async throws(Busy) -> AccessToken {
        let request = HTTPRequest(
            .post, url, fields: ["Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"])
        let response: HTTPResponse
        do {
            response = try await services.client.send(request, body: form.span, limit: TokenAnswer.limit)
        } catch let failure as HTTPFailure {
            let error = IdentityError(.unreachable, identity, cause: failure)
            throw failure.isTransient ? .again(error, after: nil) : .final(error)
        } catch {
            throw .final(error)
        }
        guard response.isSuccess else { throw judge(response, hiding: secret) }
        guard let token = TokenAnswer.read(response.body, now: services.now()) else {
            throw .final(IdentityError(.malformedAnswer, identity))
        }
        return token
    }

    private func judge(_ response: HTTPResponse, hiding secret: Secret<String>) -> Busy {
        let refusal = TokenRefusal(response)
        let asked = response.fields["Retry-After"].flatMap { UInt32($0) }.map { Double($0) }
        if response.status == 429 || response.status >= 500 || refusal.error == "temporarily_unavailable" {
            return .again(IdentityError(.throttled, identity, detail: "status \(response.status)"), after: asked)
        }
        let words = secret.reveal { $0.isEmpty ? refusal.words : refusal.words.replacing($0, with: "(secret)") }
        let parts = [refusal.code?.meaning, words.isEmpty ? "status \(response.status)" : words].compactMap(\.self)
        // A page of something else that answers there is no word of the authority's.
        guard !refusal.error.isEmpty || refusal.code != nil else {
            return .final(IdentityError(.malformedAnswer, identity, detail: "status \(response.status)"))
        }
        return .final(
            IdentityError(.refused, identity, detail: parts.joined(separator: ": "), signInCode: refusal.code))
    }
}
