import Diagnostics
import HTTPMessages

/// What the environment and the options say about identities; holds no secret that it shows.
public struct IdentitySettings: Sendable {
    /// This process's variables.
    public var environment: [String: String]
    /// The one kind that was asked for.
    public var kind: CredentialKind?
    /// Which managed identity was asked for.
    public var managedIdentity: ManagedIdentityName?
    /// Where the agent of Azure Arc keeps its proofs, if it is installed.
    public var arcDirectory: String?
    /// The path of `az`, if it is installed.
    public var azureCLI: String?

    /// Where the agent of Azure Arc keeps its proofs on Linux.
    public static let arcDirectory = "/var/opt/azcmagent/tokens"

    public init(
        environment: [String: String], kind: CredentialKind? = nil, managedIdentity: ManagedIdentityName? = nil,
        arcDirectory: String? = nil, azureCLI: String? = nil
    ) {
        self.environment = environment.filter { !$0.value.isEmpty }
        self.kind = kind
        self.managedIdentity = managedIdentity
        self.arcDirectory = arcDirectory
        self.azureCLI = azureCLI
    }
}

extension IdentitySettings {
    /// The identities that may be had here, in the documented order.
    ///
    /// What the environment names for certain, a service principal or a workload identity, is the only one; otherwise a
    /// managed identity and the Azure CLI follow each other. Throws ``CredentialError`` for settings that cannot be.
    public func chain(_ services: IdentityServices) throws(CredentialError) -> (IdentityChain, CredentialReport) {
        var report = CredentialReport()
        for kind in [CredentialKind.clientSecret, .clientCertificate, .workloadIdentity] {
            guard let issuer = try certain(kind, services, &report) else { continue }
            return (IdentityChain([issuer], isAskedFor: true), report)
        }
        var issuers: [any TokenIssuer] = []
        if wants(.managedIdentity) {
            issuers.append(
                ManagedIdentity(host: try managedHost(), identity: try managedIdentityName(), services: services))
        } else {
            report.note(.managedIdentity, .passedOver(notAsked))
        }
        if !wants(.azureCLI) {
            report.note(.azureCLI, .passedOver(notAsked))
        } else if let azureCLI {
            let tenant = try tenant(isRequired: false)
            issuers.append(
                AzureCLIIdentity(
                    executable: azureCLI, environment: environment, tenant: tenant, services: services))
        } else {
            report.note(.azureCLI, .passedOver("there is no program `az`"))
        }
        return (IdentityChain(issuers, isAskedFor: kind != nil), report)
    }

    /// The identity of a kind that the environment names for certain, if it does.
    private func certain(
        _ kind: CredentialKind, _ services: IdentityServices, _ report: inout CredentialReport
    ) throws(CredentialError) -> (any TokenIssuer)? {
        guard let place = kind.identityPlace else { return nil }
        let isSet = environment[place.rawValue] != nil
        guard wants(kind), isSet || self.kind == kind else {
            report.note(place, isSet ? .passedOver(notAsked) : .notSet)
            return nil
        }
        return switch kind {
        case .clientSecret: try clientSecret(services)
        case .clientCertificate: try certificate(services)
        case .workloadIdentity: try workload(services)
        default: nil
        }
    }

    private func wants(_ kind: CredentialKind) -> Bool { self.kind == nil || self.kind == kind }
    private var notAsked: String { "`--auth \(kind?.rawValue ?? "")` asks for another kind" }

    // MARK: Kinds

    private func clientSecret(_ services: IdentityServices) throws(CredentialError) -> any TokenIssuer {
        ClientSecretIdentity(
            tenant: try tenant(), client: try client(), secret: Secret(try required("AZURE_CLIENT_SECRET")),
            services: services)
    }

    private func certificate(_ services: IdentityServices) throws(CredentialError) -> any TokenIssuer {
        let sendsChain = ["1", "true"].contains(environment["AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"]?.lowercased() ?? "")
        return ClientCertificateIdentity(
            tenant: try tenant(), client: try client(), path: try required("AZURE_CLIENT_CERTIFICATE_PATH"),
            password: environment["AZURE_CLIENT_CERTIFICATE_PASSWORD"].map { Secret($0) }, sendsChain: sendsChain,
            services: services)
    }

    private func workload(_ services: IdentityServices) throws(CredentialError) -> any TokenIssuer {
        WorkloadIdentity(
            tenant: try tenant(), client: try client(), path: try required("AZURE_FEDERATED_TOKEN_FILE"),
            services: services)
    }

    private func managedHost() throws(CredentialError) -> ManagedIdentity.Host {
        if let text = environment["IDENTITY_ENDPOINT"] {
            let url = try url("IDENTITY_ENDPOINT", text)
            if let header = environment["IDENTITY_HEADER"] {
                // A header field holds no line break.
                guard header.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
                    throw CredentialError(.malformedIdentity, place: "IDENTITY_HEADER")
                }
                return .appService(url, header: Secret(header))
            }
            return .arc(url, directory: arcDirectory ?? Self.arcDirectory)
        }
        if let arcDirectory {
            let agent = HTTPURL(
                scheme: .http, host: "localhost", port: 40342, path: "/metadata/identity/oauth2/token")
            return .arc(agent, directory: arcDirectory)
        }
        let name = "AZURE_POD_IDENTITY_AUTHORITY_HOST"
        return .machine(
            try environment[name].map { text throws(CredentialError) in try url(name, text) }
                ?? ManagedIdentity.machineHost)
    }

    /// The one that was asked for; or else the one that the environment names, as other programs take it.
    private func managedIdentityName() throws(CredentialError) -> ManagedIdentityName {
        if let managedIdentity { return managedIdentity }
        return environment["AZURE_CLIENT_ID"] == nil ? .system : .client(try client())
    }

    // MARK: Values

    private func required(_ name: String) throws(CredentialError) -> String {
        guard let value = environment[name] else {
            throw CredentialError(.malformedIdentity, place: name, detail: "it is not set")
        }
        return value
    }

    private func client() throws(CredentialError) -> String {
        try plain("AZURE_CLIENT_ID", required("AZURE_CLIENT_ID"))
    }

    private func tenant() throws(CredentialError) -> String {
        try plain("AZURE_TENANT_ID", required("AZURE_TENANT_ID"))
    }

    private func tenant(isRequired: Bool) throws(CredentialError) -> String? {
        environment["AZURE_TENANT_ID"] == nil && !isRequired ? nil : try tenant()
    }

    /// Ids and domains: they become parts of URLs and arguments.
    private func plain(_ name: String, _ value: String) throws(CredentialError) -> String {
        let isPlain =
            value.utf8.count <= 256 && value.first != "-"
            && value.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
        guard isPlain else {
            throw CredentialError(.malformedIdentity, place: name, detail: "it is neither an id nor a domain")
        }
        return value
    }

    private func url(_ name: String, _ text: String) throws(CredentialError) -> HTTPURL {
        guard let url = HTTPURL(text), url.query.isEmpty else {
            throw CredentialError(.malformedIdentity, place: name, detail: "it is not the URL of an endpoint")
        }
        return url
    }
}
