import AzureIdentity
import CommandLineKit
import Diagnostics
import FoundationEssentials
import HTTPMessages

/// `penstock whoami`: which credential would be used, and why.
enum WhoamiCommand {
    static let location = Argument(
        optional: "LOCATION", CommonOptions.locationFormat, help: "for which location; without it, for `az://`")
    static let audience = Option(
        "for", .choice("SERVICE", of: TokenAudience.self), default: .storage,
        help: "for which service: storage, the resource manager, Key Vault, or PostgreSQL")

    static let command = Command<World>(
        "whoami", summary: "Show which credential would be used, and why",
        discussion: """
            Looks at the places in their order and shows what each held, never a secret. Where no key and no signature \
            is found, or another service than storage is meant, a token of Entra ID is asked for, and whose it is and \
            when it ends is shown; the token is not.
            """,
        examples: [
            Example("penstock whoami az://backups", "show where the credential comes from"),
            Example("penstock whoami --for postgres", "show whose token would be the password"),
        ],
        arguments: [location], options: [audience], seeAlso: ["container list"]
    ) { arguments, world in
        let session = try Session(arguments, world)
        let audience = arguments[audience]
        let finding =
            audience == .storage
            ? try await session.storageFinding(arguments[location]?.credentialTarget ?? .environment)
            : try await session.tokenFinding(audience)
        guard !arguments[GlobalOptions.json] else {
            try world.console.json(finding)
            return .done
        }
        for line in finding.lines(now: world.now()) { try world.console.line(line) }
        return .done
    }
}

extension Session {
    fileprivate func storageFinding(_ target: CredentialTarget) async throws -> WhoamiFinding {
        let found = try await credential(for: target)
        var finding = WhoamiFinding(found, for: .storage)
        if let identity = found.identity { try await finding.ask(identity, for: .storage, before: found.report) }
        return finding
    }

    fileprivate func tokenFinding(_ audience: TokenAudience) async throws -> WhoamiFinding {
        let identity = try foundIdentity()
        var finding = WhoamiFinding(for: audience, resource: try cloud().resource(for: audience))
        try await finding.ask(identity, for: audience)
        return finding
    }
}

/// What was found, as `--json` has it.
private struct WhoamiFinding: Encodable {
    struct Look: Encodable {
        let place: String
        let outcome: String

        init(_ look: CredentialReport.Look) {
            place = look.place.rawValue
            outcome =
                switch look.outcome {
                case .used: "used"
                case .notSet: "not set"
                case .failed: "failed"
                case .passedOver(let reason): "passed over: \(reason)"
                }
        }
    }

    let type = "whoami"
    let `for`: String
    /// What a token is asked for.
    var resource: String?
    var account: String?
    var endpoint: String?
    var credential: String
    var source: String
    /// When a shared access signature ends.
    var ends: Date?
    /// How the identity is spoken of, and what its token says.
    var identity: String?
    var tenant: String?
    var client: String?
    var object: String?
    /// When the token ends; it is renewed before.
    var expires: Date?
    var looks: [Look]

    init(for audience: TokenAudience, resource: String) {
        `for` = audience.rawValue
        self.resource = resource
        credential = "token"
        source = ""
        looks = []
    }

    init(_ found: FoundCredential, for audience: TokenAudience) {
        `for` = audience.rawValue
        account = found.account
        endpoint = found.endpoint.description
        credential = found.credential.name
        source = found.report.source?.rawValue ?? ""
        ends = found.credential.end
        looks = found.report.looks.map(Look.init)
    }

    /// Asks for a token, and notes whose it is.
    mutating func ask(
        _ found: FoundIdentity, for audience: TokenAudience, before: CredentialReport? = nil
    ) async throws {
        let token = try await found.token(for: audience, before: before)
        let subject = IdentitySubject(of: token, orElse: found.chain.subject)
        (tenant, client, object) = (subject.tenant, subject.client, subject.object)
        identity = found.chain.name
        expires = token.expires
        source = found.chain.place.rawValue
        // Those of storage are there already, and the identities' after them.
        if looks.isEmpty { looks = found.report.looks.map(Look.init) }
        looks += found.chain.looks.map(Look.init)
    }

    func lines(now: Date) -> [String] {
        var lines: [String] = []
        func add(_ name: String, _ value: String?) {
            guard let value else { return }
            lines.append(name + ":" + String(repeating: " ", count: max(1, 11 - name.utf8.count)) + value)
        }
        add("for", resource.map { "\(`for`), \($0)" })
        add("account", account)
        add("endpoint", endpoint)
        add("credential", "\(credential), from \(source)")
        add("identity", identity)
        add("tenant", tenant)
        add("client", client)
        add("object", object)
        add("expires", expires?.formatted(.iso8601))
        if let ends { add(ends <= now ? "ended" : "ends", ends.formatted(.iso8601)) }
        return lines + looks.map { "  \($0.place): \($0.outcome)" }
    }
}
