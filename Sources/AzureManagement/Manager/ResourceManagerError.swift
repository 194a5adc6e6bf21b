public import Diagnostics
import FoundationEssentials
import HTTPMessages

/// What the resource manager refused or could not do.
public struct ResourceManagerError: ExplainedError {
    public enum Kind: Sendable, Equatable {
        case notFound
        case notPermitted
        /// The token was not taken.
        case notAuthenticated
        /// The token is of another tenant; the right one, where the answer names it.
        case wrongTenant(String?)
        case throttled
        case unreachable
        /// The answer is not what it should be; says where.
        case malformed(String)
        /// Any other refusal.
        case refused
    }

    public let kind: Kind
    /// The resource, as its path.
    public let subject: String
    /// The service's own code, such as `AuthorizationFailed`.
    public let serviceCode: String
    public let message: String
    let retryAfter: Duration?
    public let cause: (any Error)?

    init(_ kind: Kind, subject: String, cause: (any Error)? = nil) {
        self.kind = kind
        self.subject = subject
        serviceCode = ""
        message = ""
        retryAfter = nil
        self.cause = cause
    }

    init(_ response: HTTPResponse, subject: String) {
        let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body)).error
        serviceCode = answer?.code ?? ""
        message = Self.printable(answer?.message ?? "")
        kind = Self.kind(of: response, code: serviceCode)
        retryAfter = response.fields["Retry-After"].flatMap { UInt32($0) }.map { .seconds(Int64($0)) }
        self.subject = subject
        cause = nil
    }

    private struct Answer: Decodable {
        struct Failure: Decodable {
            let code: String?
            let message: String?
        }
        let error: Failure
    }

    private static func kind(of response: HTTPResponse, code: String) -> Kind {
        switch response.status {
        case 401 where code == "InvalidAuthenticationTokenTenant":
            return .wrongTenant(tenant(in: response.fields["WWW-Authenticate"] ?? ""))
        case 401: return .notAuthenticated
        case 403: return .notPermitted
        case 404: return .notFound
        case 429: return .throttled
        case 500...599: return .unreachable
        default: return .refused
        }
    }

    /// The tenant in `Bearer authorization_uri="https://login.microsoftonline.com/TENANT", …`.
    private static func tenant(in challenge: String) -> String? {
        for field in challenge.split(whereSeparator: { $0 == "," || $0 == " " }) {
            let parts = field.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].hasPrefix("authorization") else { continue }
            guard let url = HTTPURL(parts[1].filter { $0 != "\"" }) else { continue }
            let tenant = url.path.split(separator: "/").first.map(String.init) ?? ""
            let isName = tenant.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45 || $0 == 46
            }
            if !tenant.isEmpty, tenant.utf8.count <= 253, isName { return tenant }
        }
        return nil
    }

    /// A stranger's words: on one line, without control characters, and not without end.
    private static func printable(_ text: String) -> String {
        let plain = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) }
        return String(plain.prefix(500))
    }

    /// True where trying again may help.
    var isTransient: Bool { kind == .throttled || kind == .unreachable }

    public var code: String {
        switch kind {
        case .notFound: "management.not-found"
        case .notPermitted: "management.not-permitted"
        case .notAuthenticated: "management.not-authenticated"
        case .wrongTenant: "management.wrong-tenant"
        case .throttled: "management.throttled"
        case .unreachable: "management.unreachable"
        case .malformed: "management.malformed"
        case .refused: "management.refused"
        }
    }

    public var summary: String {
        let what =
            switch kind {
            case .notFound: "the resource manager knows no \(subject)"
            case .notPermitted: "the caller may not read \(subject)"
            case .notAuthenticated: "the resource manager does not take the token, for \(subject)"
            case .wrongTenant: "the token is of another tenant than \(subject)"
            case .throttled: "the resource manager asks to slow down, for \(subject)"
            case .unreachable: "the resource manager does not answer, for \(subject)"
            case .malformed(let place): "the resource manager's answer for \(subject) is malformed: \(place)"
            case .refused: "the resource manager refused \(subject)"
            }
        let words = message.isEmpty ? ErrorReference.shared[serviceCode]?.meaning ?? "" : message
        let said = [serviceCode, words].filter { !$0.isEmpty }.joined(separator: ": ")
        return said.isEmpty ? what : "\(what) (\(said))"
    }

    public var remedy: String? {
        switch kind {
        case .notFound:
            "Check the name, and that the identity may read it: what it may not read is left out of lists. `az account "
                + "list --output table` shows the subscriptions that it sees."
        case .notPermitted:
            "Give the identity the role Reader on the account, or check a saved description with `--offline`."
        case .notAuthenticated: "Look at `penstock whoami --for management`, and sign in anew."
        case .wrongTenant(let tenant):
            "Use an identity of the account's tenant" + (tenant.map { ", which is \($0)" } ?? "") + "."
        case .throttled: "Wait some minutes, then try again."
        case .unreachable: "Check the network between here and the resource manager, then try again."
        case .malformed: "Check that the endpoint is one of the resource manager."
        case .refused: "Follow what the service says."
        }
    }

    public var exitCode: ExitCode {
        switch kind {
        case .notFound: .notFound
        case .notPermitted, .notAuthenticated, .wrongTenant: .notPermitted
        case .throttled, .unreachable, .malformed: .unreachable
        case .refused: .failed
        }
    }
}
