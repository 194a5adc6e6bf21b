import AzureIdentity
import Diagnostics
import FoundationEssentials
import HTTPMessages
import SystemCalls
import TestSupport
import Testing

@Suite("Finding an identity")
struct IdentitySettingsTests {
    private static let everything = [
        "AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", "AZURE_CLIENT_SECRET": "s",
        "AZURE_CLIENT_CERTIFICATE_PATH": "/c", "AZURE_FEDERATED_TOKEN_FILE": "/f",
    ]

    @Test("goes through secret, certificate and workload identity in this order")
    func order() throws {
        var environment = Self.everything
        var found: [CredentialPlace] = []
        for variable in ["AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE"] {
            found.append(try IdentitySettings.test(environment).chain(.test()).0.place)
            environment[variable] = nil
        }
        #expect(found == [.clientSecret, .clientCertificate, .workloadIdentity])
    }

    @Test(
        "takes the kind that is asked for",
        arguments: [
            (CredentialKind.clientSecret, CredentialPlace.clientSecret), (.clientCertificate, .clientCertificate),
            (.workloadIdentity, .workloadIdentity), (.managedIdentity, .managedIdentity), (.azureCLI, .azureCLI),
        ])
    func forced(kind: CredentialKind, place: CredentialPlace) throws {
        let settings = IdentitySettings.test(Self.everything, kind: kind, azureCLI: "/bin/false")
        #expect(try settings.chain(.test()).0.place == place)
    }

    @Test("that is asked for and not described is an error", arguments: ["client-secret", "workload-identity"])
    func forcedWithout(kind: String) throws {
        let settings = IdentitySettings.test([:], kind: CredentialKind(rawValue: kind))
        let error = #expect(throws: CredentialError.self) { try settings.chain(.test()) }
        #expect(error?.kind == .malformedIdentity)
    }

    @Test("passes over a managed identity that is not there, and says all that it tried")
    func chain() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/az"
            try Files.replace(
                path, with: Array("#!/bin/sh\necho '{\"accessToken\":\"t-1\",\"expires_on\":1710500000}'\n".utf8))
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
            let settings = IdentitySettings.test(["PATH": "/usr/bin:/bin"], azureCLI: path)
            let (chain, report) = try settings.chain(.test(clock: ContinuousClock()))
            let token = try await chain.issue(for: .storage)
            #expect(token.shown == "t-1")
            #expect(chain.place == .azureCLI)
            #expect(chain.looks.map(\.place) == [.managedIdentity, .azureCLI])
            #expect(chain.looks.last?.outcome == .used)
            #expect(report.looks.map(\.place) == [.clientSecret, .clientCertificate, .workloadIdentity])
        }
    }

    @Test("finds nothing, and says of each place why")
    func nothing() async throws {
        let services = IdentityServices.test()
        let (chain, report) = try IdentitySettings.test([:]).chain(services)
        let found = FoundIdentity(chain: chain, tokens: TokenCache(chain, now: services.now), report: report)
        let error = await #expect(throws: (any Error).self) { try await found.token(for: .storage) }
        let said = try Explanation(#require(error))
        #expect(said.exitCode == .notPermitted)
        #expect(said.text.contains("127.0.0.1:1"), "\(said.text)")
    }

    @Test("stays with the identity that was there first, whatever becomes of it")
    func stays() async throws {
        let stage = try TokenStage { _, before in
            before == 0 ? .token("t-1") : .init(status: 400, body: #"{"error":"invalid_request"}"#)
        }
        let settings = IdentitySettings.test(
            ["AZURE_POD_IDENTITY_AUTHORITY_HOST": "\(stage.url)"], azureCLI: "/bin/false")
        let chain = try settings.chain(stage.services()).0
        _ = try await chain.issue(for: .storage)
        let error = await #expect(throws: IdentityError.self) { try await chain.issue(for: .storage) }
        #expect(error?.identity == "managed identity")
    }
}

@Suite("Clouds")
struct CloudTests {
    @Test(
        "are named by the option, or by the environment",
        arguments: [
            (nil, [:], Cloud.public), (.china, ["AZURE_CLOUD": "AzureUSGovernment"], .china),
            (nil, ["AZURE_CLOUD": "AzureUSGovernment"], .usGovernment),
            (nil, ["AZURE_CLOUD": "AzureUSGovernment", "PENSTOCK_CLOUD": "china"], .china),
            (nil, ["PENSTOCK_CLOUD": ""], .public),
        ] as [(CloudName?, [String: String], Cloud)])
    func names(name: CloudName?, environment: [String: String], cloud: Cloud) throws {
        #expect(try Cloud(name, environment: environment) == cloud)
    }

    @Test("ask for the same resource of storage, and for their own of the others")
    func resources() {
        #expect(Cloud.china.resource(for: .storage) == "https://storage.azure.com")
        #expect(Cloud.china.resource(for: .postgres) == "https://ossrdbms-aad.database.chinacloudapi.cn")
        #expect(Cloud.usGovernment.resource(for: .vault) == "https://vault.usgovcloudapi.net")
    }

    @Test("have the addresses that the environment names")
    func addresses() throws {
        let cloud = try Cloud(
            nil,
            environment: [
                "AZURE_AUTHORITY_HOST": "login.example/", "PENSTOCK_MANAGEMENT_ENDPOINT": "http://127.0.0.1:7/arm/",
                "PENSTOCK_VAULT_ENDPOINT": "https://vault.example", "PENSTOCK_POSTGRES_RESOURCE": "https://pg.example",
                "PENSTOCK_STORAGE_SUFFIX": "Storage.example",
            ])
        #expect(cloud.authority == HTTPURL("https://login.example"))
        #expect(cloud.resource(for: .management) == "http://127.0.0.1:7/arm")
        #expect(cloud.resource(for: .vault) == "https://vault.example")
        #expect(cloud.resource(for: .postgres) == "https://pg.example")
        #expect(cloud.storageSuffix == "storage.example")
    }

    @Test(
        "that cannot be are errors that name the variable",
        arguments: [
            ("AZURE_CLOUD", "mars"), ("AZURE_AUTHORITY_HOST", "ftp://a"), ("PENSTOCK_VAULT_ENDPOINT", "https://a?b=c"),
            ("PENSTOCK_STORAGE_SUFFIX", "a/b"), ("PENSTOCK_MANAGEMENT_ENDPOINT", "https://"),
        ])
    func malformed(variable: String, value: String) {
        let error = #expect(throws: CredentialError.self) { try Cloud(nil, environment: [variable: value]) }
        #expect(error?.kind == .malformedCloud)
        #expect(error?.place == variable)
        #expect(error?.exitCode == .wrongUsage)
    }
}
