public import Diagnostics
import FoundationEssentials
import HTTPMessages

/// A secret that Key Vault did not give; holds no secret.
public struct KeyVaultError: ExplainedError {
    public enum Kind: String, Sendable, CaseIterable {
        case malformedIdentifier = "vault.malformed-identifier"
        /// The host is none of the cloud's vaults, so nothing is sent there.
        case foreignHost = "vault.foreign-host"
        /// The secret would have travelled in the open.
        case insecure = "vault.insecure"
        case notFound = "vault.not-found"
        case notPermitted = "vault.not-permitted"
        /// The firewall of the vault does not let this address in.
        case firewall = "vault.firewall"
        case disabled = "vault.secret-disabled"
        case notYetValid = "vault.secret-not-yet-valid"
        case expired = "vault.secret-expired"
        case wrongTenant = "vault.wrong-tenant"
        case notAuthenticated = "vault.not-authenticated"
        /// The vault wants a token for a service that it is no part of.
        case challengeRefused = "vault.challenge-refused"
        case throttled = "vault.throttled"
        case unreachable = "vault.unreachable"
        case malformedAnswer = "vault.malformed-answer"
        /// Any other refusal.
        case refused = "vault.refused"
    }

    public let kind: Kind
    /// The secret and its vault, or a host.
    public let subject: String
    /// A tenant, a host or a clause, as the kind has it.
    public let detail: String
    /// The service's own code, the inner one where there is one, such as `ForbiddenByRbac`.
    public let serviceCode: String
    let retryAfter: Duration?
    public let cause: (any Error)?

    init(_ kind: Kind, subject: String = "", detail: String = "", cause: (any Error)? = nil) {
        self.kind = kind
        self.subject = subject
        self.detail = detail
        serviceCode = ""
        retryAfter = nil
        self.cause = cause
    }

    init(_ response: HTTPResponse, subject: String) {
        let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body)).error
        let code = answer?.innererror?.code ?? answer?.code ?? ""
        // A stranger's word.
        serviceCode =
            code.utf8.count <= 64 && code.utf8.allSatisfy { (48...57).contains($0) || (97...122).contains($0 | 32) }
            ? code : ""
        kind = Self.kind(response.status, serviceCode)
        detail = serviceCode.isEmpty ? "status \(response.status)" : ""
        retryAfter = response.fields["Retry-After"].flatMap { UInt32($0) }.map { .seconds(Int64($0)) }
        self.subject = subject
        cause = nil
    }

    private struct Answer: Decodable {
        struct Inner: Decodable { let code: String? }
        struct Failure: Decodable {
            let code: String?
            let innererror: Inner?
        }
        let error: Failure
    }

    private static func kind(_ status: Int, _ code: String) -> Kind {
        switch (status, code) {
        case (_, "SecretDisabled"): .disabled
        case (_, "ForbiddenByFirewall"): .firewall
        case (401, _): .notAuthenticated
        case (403, _): .notPermitted
        case (404, _): .notFound
        case (429, _): .throttled
        case (500...599, _): .unreachable
        default: .refused
        }
    }

    /// True where trying again may help.
    var isTransient: Bool { kind == .throttled || kind == .unreachable }

    public var code: String { kind.rawValue }

    public var summary: String {
        let what =
            switch kind {
            case .malformedIdentifier: "what follows `@keyvault:` is malformed"
            case .foreignHost: "\(subject) is no vault of this cloud, and no token was sent to it"
            case .insecure: "a secret of \(subject) would be readable on the way"
            case .notFound: "there is no secret \(subject)"
            case .notPermitted: "the identity may not read the secret \(subject)"
            case .firewall: "the vault's firewall keeps this machine from the secret \(subject)"
            case .disabled: "the secret \(subject) is disabled"
            case .notYetValid: "the time of the secret \(subject) has not begun"
            case .expired: "the time of the secret \(subject) is over"
            case .wrongTenant: "the token is of another tenant than the vault, for the secret \(subject)"
            case .notAuthenticated: "the vault does not take the token, for the secret \(subject)"
            case .challengeRefused: "the vault of the secret \(subject) asks for a token that is not for vaults"
            case .throttled: "the vault asks to slow down, for the secret \(subject)"
            case .unreachable: "the vault does not answer, for the secret \(subject)"
            case .malformedAnswer: "the vault's answer is malformed, for the secret \(subject)"
            case .refused: "the vault refused the secret \(subject)"
            }
        let meaning = ErrorReference.shared[serviceCode]?.meaning
        let said = [serviceCode, meaning ?? "", detail].filter { !$0.isEmpty }.joined(separator: ": ")
        return said.isEmpty ? what : "\(what) (\(said))"
    }

    public var remedy: String? {
        switch kind {
        case .malformedIdentifier:
            "Write `@keyvault:https://VAULT.vault.azure.net/secrets/NAME`, with `/VERSION` behind it or without."
        case .foreignHost:
            "Check the address; another cloud is named with `--cloud`, one of your own with `PENSTOCK_VAULT_ENDPOINT`."
        case .insecure: "Use the `https` URL of the vault; `http` is for this machine alone."
        case .notFound:
            "List what is there with `az keyvault secret list --vault-name VAULT --output table`; a deleted one can be recovered."
        case .notPermitted:
            "Give the identity of `penstock whoami --for vault` the role `Key Vault Secrets User` on the vault, or, where the vault has "
                + "access policies, `get` for secrets."
        case .firewall:
            "Let this address in with `az keyvault network-rule add --name VAULT --ip-address ADDRESS`, or run where the vault has a "
                + "private endpoint."
        case .disabled:
            "Enable it with `az keyvault secret set-attributes --vault-name VAULT --name NAME --enabled true`."
        case .notYetValid: "Wait, set this machine's clock, or name an older version in the identifier."
        case .expired: "Set a new version with `az keyvault secret set --vault-name VAULT --name NAME --file FILE`."
        case .wrongTenant: "Use an identity of the vault's tenant, which is \(detail)."
        case .notAuthenticated: "Look at `penstock whoami --for vault`, and sign in anew."
        case .challengeRefused: "Check the address of the vault, and who answers there."
        case .throttled: "Wait some minutes, then try again; all who read from the vault share one limit."
        case .unreachable: "Check the name of the vault, and the network between here and it."
        case .malformedAnswer: "Check that a vault answers at the address, and no proxy in its place."
        case .refused: "Follow what the service says; `penstock explain` knows its codes."
        }
    }

    public var exitCode: ExitCode {
        switch kind {
        case .malformedIdentifier, .foreignHost, .insecure: .wrongUsage
        case .notFound: .notFound
        case .notPermitted, .firewall, .disabled, .notYetValid, .expired, .wrongTenant, .notAuthenticated,
            .challengeRefused:
            .notPermitted
        case .throttled, .unreachable, .malformedAnswer: .unreachable
        case .refused: .failed
        }
    }
}
