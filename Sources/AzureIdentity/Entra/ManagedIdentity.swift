import Diagnostics
import FoundationEssentials
import HTTPMessages
import SystemCalls

/// Which of a machine's identities: its own, or one that was assigned to it.
public enum ManagedIdentityName: Sendable, Equatable {
    case system
    case client(String)
    case object(String)
    /// `/subscriptions/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/…`
    case resource(String)

    /// Reads `system`, a client id, `object:ID` or a resource id.
    public init?(_ text: String) {
        guard (1...1024).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        if text == "system" {
            self = .system
        } else if text.hasPrefix("/") {
            self = .resource(text)
        } else if text.hasPrefix("object:") {
            guard text.utf8.count > 7 else { return nil }
            self = .object(String(text.dropFirst(7)))
        } else {
            self = .client(text)
        }
    }
}

/// The identity that Azure gives to the machine or service this runs on.
struct ManagedIdentity: TokenIssuer {
    /// Who gives its tokens here.
    enum Host: Sendable {
        /// The metadata service of virtual machines; the URL is that of the host alone.
        case machine(HTTPURL)
        /// App Service, Functions and Container Apps, with the secret that they ask for.
        case appService(HTTPURL, header: Secret<String>)
        /// The agent on machines that are not Azure's, and the directory in which it proves that one may read.
        case arc(HTTPURL, directory: String)
    }

    let host: Host
    let identity: ManagedIdentityName
    let services: IdentityServices

    var place: CredentialPlace { .managedIdentity }
    var name: String { "managed identity" }
    var subject: IdentitySubject {
        guard case .client(let client) = identity else { return IdentitySubject() }
        return IdentitySubject(client: client)
    }

    /// Where the metadata service answers.
    static let machineHost = HTTPURL(scheme: .http, host: "169.254.169.254")

    func issue(for audience: TokenAudience) async throws -> AccessToken {
        let resource = services.cloud.resource(for: audience)
        switch host {
        case .machine(let url): return try await fromMachine(url, resource)
        case .appService(let url, let header): return try await fromAppService(url, header, resource)
        case .arc(let url, let directory): return try await fromArc(url, directory, resource)
        }
    }
}

// MARK: - Virtual machines

extension ManagedIdentity {
    /// The waits after a metadata service that is being renewed, in seconds.
    private static let waits: [Double] = [0, 1.6, 3.2, 6.4, 12.8]
    /// After 410 it comes back within 70 s.
    private static let waitsWhenGone = waits + [12.8, 12.8, 12.8, 12.8]

    private func fromMachine(_ base: HTTPURL, _ resource: String) async throws -> AccessToken {
        var query: HTTPQuery = ["api-version": "2018-02-01", "resource": resource]
        switch identity {
        case .system: break
        case .client(let id): query.append("client_id", id)
        case .object(let id): query.append("object_id", id)
        case .resource(let id): query.append("msi_res_id", id)
        }
        var url = base
        url.path = "/metadata/identity/oauth2/token"
        url.query = query.encoded
        var failed = 0
        while true {
            let response = try await send(HTTPRequest(.get, url, fields: ["Metadata": "true"]), isFirst: failed == 0)
            guard Self.isToBeRetried(response) else { return try token(response) }
            let waits = response.status == 410 ? Self.waitsWhenGone : Self.waits
            guard failed < waits.count else {
                throw IdentityError(.throttled, name, detail: "status \(response.status)")
            }
            try await services.clock.sleep(for: .seconds(waits[failed]))
            failed += 1
        }
    }

    private static func isToBeRetried(_ response: HTTPResponse) -> Bool {
        switch response.status {
        // Other clouds have something at this address, too, which answers with a page.
        case 404: !(response.fields["Content-Type"] ?? "").lowercased().hasPrefix("text/html")
        case 410, 429, 500...: true
        default: false
        }
    }
}

// MARK: - App Service

extension ManagedIdentity {
    private func fromAppService(
        _ base: HTTPURL, _ header: Secret<String>, _ resource: String
    ) async throws -> AccessToken {
        // It is this machine's host, or a neighbour in the same container group.
        guard base.isFitForSecrets || base.isLinkLocal else {
            throw IdentityError(.insecure, name, detail: "`IDENTITY_ENDPOINT` is not on this machine")
        }
        var query: HTTPQuery = ["api-version": "2019-08-01", "resource": resource]
        switch identity {
        case .system: break
        case .client(let id): query.append("client_id", id)
        case .object(let id): query.append("object_id", id)
        case .resource(let id): query.append("mi_res_id", id)
        }
        var url = base
        url.query = query.encoded
        let request = header.reveal { HTTPRequest(.get, url, fields: ["X-IDENTITY-HEADER": $0, "Metadata": "true"]) }
        return try token(try await sendPatiently(request))
    }
}

// MARK: - Azure Arc

extension ManagedIdentity {
    private static let largestKey = 4096

    private func fromArc(_ base: HTTPURL, _ directory: String, _ resource: String) async throws -> AccessToken {
        guard identity == .system else {
            throw IdentityError(.unavailable, name, detail: "machines of Azure Arc have one identity, the system's")
        }
        guard base.isFitForSecrets else {
            throw IdentityError(.insecure, name, detail: "`IDENTITY_ENDPOINT` is not on this machine")
        }
        var url = base
        url.query = (["api-version": "2020-06-01", "resource": resource] as HTTPQuery).encoded
        var request = HTTPRequest(.get, url, fields: ["Metadata": "true"])
        let challenge = try await sendPatiently(request)
        guard challenge.status == 401 else { return try token(challenge) }
        let key = try proof(challenge.fields["WWW-Authenticate"] ?? "", in: directory)
        request.fields["Authorization"] = "Basic " + key
        return try token(try await sendPatiently(request))
    }

    /// The contents of the file that the agent names, which only its group may read.
    ///
    /// Anybody may answer on that port when the agent does not; so nothing is read outside of its directory.
    private func proof(_ challenge: String, in directory: String) throws -> String {
        let mark = "Basic realm="
        guard challenge.lowercased().hasPrefix(mark.lowercased()) else {
            throw IdentityError(.malformedAnswer, name, detail: "the agent asks for a proof, but not which")
        }
        let path = String(challenge.dropFirst(mark.count).filter { $0 != "\"" })
        let file = path.hasPrefix(directory + "/") ? path.dropFirst(directory.utf8.count + 1) : ""
        guard file.hasSuffix(".key"), file.utf8.count > 4, !file.contains("/"), !file.utf8.contains(0) else {
            throw IdentityError(.challengeRefused, name)
        }
        let bytes: [UInt8]
        do {
            bytes = try Files.contents(of: path, limit: Self.largestKey, followsLink: false)
        } catch {
            throw IdentityError(
                .fileUnusable, name, detail: "this user must be in the group `himds` to read the agent's proof",
                cause: error)
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw IdentityError(.challengeRefused, name)
        }
        return text
    }
}

// MARK: - Parts

extension ManagedIdentity {
    /// Sends again, a few times, what a busy neighbour does not answer.
    private func sendPatiently(_ request: HTTPRequest) async throws -> HTTPResponse {
        var failed = 0
        while true {
            let response = try await send(request, isFirst: failed == 0)
            guard response.status == 429 || response.status >= 500, failed < 3 else { return response }
            try await services.clock.sleep(for: .seconds(Self.waits[failed + 1]))
            failed += 1
        }
    }

    /// - Parameter isFirst: True where silence means that nobody is there.
    private func send(_ request: HTTPRequest, isFirst: Bool) async throws -> HTTPResponse {
        do {
            return try await services.nearClient.send(request, limit: TokenAnswer.limit)
        } catch let failure as HTTPFailure {
            throw IdentityError(
                isFirst ? .unavailable : .unreachable, name,
                detail: isFirst ? "nothing answers at \(request.url.authority)" : "", cause: failure)
        }
    }

    private func token(_ response: HTTPResponse) throws(IdentityError) -> AccessToken {
        let refusal = TokenRefusal(response)
        let words = refusal.words.isEmpty ? "status \(response.status)" : refusal.words
        switch response.status {
        case 200..<300:
            guard let token = TokenAnswer.read(response.body, now: services.now()) else {
                throw IdentityError(.malformedAnswer, name)
            }
            return token
        case 429, 500...: throw IdentityError(.throttled, name, detail: "status \(response.status)")
        // 400 says that this machine has no such identity; 404 comes from something else.
        case 400, 404: throw IdentityError(.unavailable, name, detail: words)
        // What answers for a machine that is none, such as the proxy of a desktop, or another cloud's service.
        case 403 where String(decoding: response.body, as: UTF8.self).contains("unreachable"):
            throw IdentityError(.unavailable, name, detail: words)
        case _ where refusal.error.isEmpty:
            throw IdentityError(.unavailable, name, detail: "what answers there knows nothing of identities, \(words)")
        default: throw IdentityError(.refused, name, detail: words, signInCode: refusal.code)
        }
    }
}
