public import AzureIdentity
public import Diagnostics
public import FoundationEssentials
public import HTTPMessages

/// Key Vault, of which secrets are read.
///
/// Answers of 429 and 5xx, and conversations that broke, are tried again for a while. A token goes to the vault of the
/// identifier and nowhere else: what a vault says about tokens is compared with what was shown, never followed.
public struct KeyVault: Sendable {
    private let client: any HTTPClient
    private let tokens: any TokenSource
    private let now: @Sendable () -> Date
    private let sleep: @Sendable (Duration) async throws -> Void

    private static let version = "7.4"
    /// A secret has at most 25 KiB, beside which there are its tags.
    private static let longestAnswer = 256 << 10
    private static let waits: [Duration] = [.seconds(1), .seconds(2), .seconds(4), .seconds(8)]
    private static let longestWait = Duration.seconds(60)

    /// - Parameter sleep: Waits between tries; throws when it is cancelled.
    public init(
        client: any HTTPClient, tokens: any TokenSource, now: @escaping @Sendable () -> Date,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.client = client
        self.tokens = tokens
        self.now = now
        self.sleep = sleep
    }

    /// Reads the value of a secret that is enabled and in its time.
    ///
    /// - Throws: ``KeyVaultError``, and what the token source throws.
    public func secret(_ identifier: SecretIdentifier) async throws -> Secret<String> {
        let answer = try await answer(identifier)
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(answer)) else {
            throw KeyVaultError(.malformedAnswer, subject: identifier.description)
        }
        if let kind = document.attributes?.obstacle(now: now()) {
            throw KeyVaultError(kind, subject: identifier.description)
        }
        return Secret(document.value)
    }

    private struct Document: Decodable {
        struct Attributes: Decodable {
            let enabled: Bool?
            let nbf: Double?
            let exp: Double?

            func obstacle(now: Date) -> KeyVaultError.Kind? {
                if enabled == false { return .disabled }
                if let nbf, Date(timeIntervalSince1970: nbf) > now { return .notYetValid }
                if let exp, Date(timeIntervalSince1970: exp) <= now { return .expired }
                return nil
            }
        }
        let value: String
        let attributes: Attributes?
    }

    private func answer(_ identifier: SecretIdentifier) async throws -> [UInt8] {
        var tries = 0
        var rejected: AccessToken?
        while true {
            let token = try await tokens.token(for: .vault, replacing: rejected)
            do {
                let response = try await send(identifier, token)
                guard !response.isSuccess else { return response.body }
                if response.status == 401 {
                    try Self.judge(response, of: identifier, token)
                    // The token may have been revoked since it was given out; another one is asked for once.
                    if rejected == nil {
                        rejected = token
                        continue
                    }
                }
                let error = KeyVaultError(response, subject: identifier.description)
                guard error.isTransient, tries < Self.waits.count else { throw error }
                try await sleep(min(max(Self.waits[tries], error.retryAfter ?? .zero), Self.longestWait))
            } catch let failure as HTTPFailure {
                let error = KeyVaultError(.unreachable, subject: identifier.description, cause: failure)
                guard failure.isTransient, tries < Self.waits.count else { throw error }
                try await sleep(Self.waits[tries])
            }
            tries += 1
        }
    }

    private func send(_ identifier: SecretIdentifier, _ token: AccessToken) async throws -> HTTPResponse {
        var url = identifier.base
        url.path = "/secrets/" + identifier.name + (identifier.version.map { "/" + $0 } ?? "")
        url.query = "api-version=" + Self.version
        var request = HTTPRequest(.get, url, fields: ["Accept": "application/json"])
        token.text.reveal { request.fields["Authorization"] = "Bearer " + $0 }
        return try await client.send(request, limit: Self.longestAnswer)
    }

    /// Throws if the vault wants a token for another service, or of another tenant: a new one would not help.
    private static func judge(
        _ response: HTTPResponse, of identifier: SecretIdentifier, _ token: AccessToken
    ) throws(KeyVaultError) {
        let challenge = VaultChallenge(response.fields["WWW-Authenticate"] ?? "")
        if let resource = challenge.resource, !resource.covers(identifier.base) {
            throw KeyVaultError(.challengeRefused, subject: identifier.description, detail: resource.authority)
        }
        let shown = IdentitySubject(of: token, orElse: IdentitySubject()).tenant
        if let tenant = challenge.tenant, let shown, tenant.lowercased() != shown.lowercased() {
            throw KeyVaultError(.wrongTenant, subject: identifier.description, detail: tenant)
        }
    }
}

/// What a vault says about the tokens that it takes:
/// `Bearer authorization="https://login.microsoftonline.com/TENANT", resource="https://vault.azure.net"`.
struct VaultChallenge: Equatable {
    let tenant: String?
    let resource: HTTPURL?

    init(_ text: String) {
        var values: [String: String] = [:]
        for field in text.split(whereSeparator: { $0 == "," || $0 == " " }) {
            let parts = field.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { values[parts[0].lowercased()] = parts[1].filter { $0 != "\"" } }
        }
        let authority = (values["authorization"] ?? values["authorization_uri"]).flatMap { HTTPURL($0) }
        let name = authority?.path.split(separator: "/").first.map(String.init) ?? ""
        let isName =
            (1...253).contains(name.utf8.count)
            && name.utf8.allSatisfy { (48...57).contains($0) || (97...122).contains($0 | 32) || $0 == 45 || $0 == 46 }
        tenant = isName ? name : nil
        resource = values["resource"].flatMap { HTTPURL($0) }
    }
}

extension HTTPURL {
    /// True if the host of another URL is this one's, or lies below it.
    fileprivate func covers(_ other: HTTPURL) -> Bool { other.host == host || other.host.hasSuffix("." + host) }
}
