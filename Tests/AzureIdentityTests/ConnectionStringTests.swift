import AzureIdentity
import Diagnostics
import FoundationEssentials
import HTTPMessages
import Testing

@Suite("Connection strings")
struct ConnectionStringTests {
    static let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw=="
    static let token = "sv=2021-12-02&sr=c&sp=rl&sig=A0IXMYlLU6pkWvJepbrgVds6gnba8OQztO%2Ft2GPYl4c%3D"

    @Test(
        "name account and endpoint",
        arguments: [
            ("AccountName=acct;AccountKey=\(key)", "acct", "https://acct.blob.core.windows.net"),
            (
                "DefaultEndpointsProtocol=http;AccountName=acct;AccountKey=\(key);EndpointSuffix=core.chinacloudapi.cn",
                "acct", "http://acct.blob.core.chinacloudapi.cn"
            ),
            (
                "accountname=acct;ACCOUNTKEY=\(key);blobendpoint=http://127.0.0.1:10000/acct/;;", "acct",
                "http://127.0.0.1:10000/acct"
            ),
            (
                "BlobEndpoint=https://acct.z12.blob.storage.azure.net;SharedAccessSignature=?\(token)", "acct",
                "https://acct.z12.blob.storage.azure.net"
            ),
            ("BlobEndpoint=http://127.0.0.1:1/acct", "acct", "http://127.0.0.1:1/acct"),
            ("UseDevelopmentStorage=true", "devstoreaccount1", "http://127.0.0.1:10000/devstoreaccount1"),
            (
                "UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://build", "devstoreaccount1",
                "http://build:10000/devstoreaccount1"
            ),
        ])
    func read(text: String, account: String, endpoint: String) throws {
        let string = try ConnectionString(text)
        #expect(string.account == account)
        #expect(string.blobEndpoint == HTTPURL(endpoint))
    }

    @Test("know the second region by its own key or by the account's name")
    func secondary() throws {
        let built = try ConnectionString("AccountName=acct;AccountKey=\(Self.key)")
        #expect(built.secondaryBlobEndpoint == HTTPURL("https://acct-secondary.blob.core.windows.net"))
        let given = try ConnectionString(
            "AccountName=acct;AccountKey=\(Self.key);BlobEndpoint=https://a.b;BlobSecondaryEndpoint=https://a.c")
        #expect(given.secondaryBlobEndpoint == HTTPURL("https://a.c"))
        let none = try ConnectionString("AccountName=acct;AccountKey=\(Self.key);BlobEndpoint=https://a.b")
        #expect(none.secondaryBlobEndpoint == nil)
    }

    @Test(
        "that are wrong are refused without being shown",
        arguments: [
            "", ";;", "AccountName", "AccountName=acct", "AccountKey=\(key)", "AccountName=acct;AccountKey=!!!!",
            "AccountName=acct;AccountKey=\(key);AcountName=b", "AccountName=acct;AccountName=acct;AccountKey=\(key)",
            "AccountName=acct;AccountKey=\(key);SharedAccessSignature=\(token)", "SharedAccessSignature=\(token)",
            "AccountName=acct;AccountKey=\(key);BlobSecondaryEndpoint=https://a.c",
            "AccountName=acct;AccountKey=\(key);BlobEndpoint=ftp://a", "UseDevelopmentStorage=false",
            "UseDevelopmentStorage=true;AccountName=acct", "AccountName=a/b;AccountKey=\(key)",
            "DefaultEndpointsProtocol=gopher;AccountName=acct;AccountKey=\(key)", key,
            "AccountName=acct;AccountKey=\(key);EndpointSuffix=a/b",
        ])
    func malformed(text: String) throws {
        let error = try #require(throws: CredentialError.self) { try ConnectionString(text) }
        #expect([.malformedConnectionString, .malformedKey, .malformedAccount].contains(error.kind))
        let said = Explanation(error).text
        #expect(!said.contains(Self.key) && !said.contains("A0IX") && !said.contains("!!!!"))
    }
}

@Suite("Finding a credential")
struct CredentialDiscoveryTests {
    private let key = ConnectionStringTests.key
    private let token = ConnectionStringTests.token

    private func target(_ url: String, query: String = "") throws -> CredentialTarget {
        .account(try #require(HTTPURL(url)), query: try #require(HTTPQuery(encoded: query)))
    }

    @Test("goes through the places in the documented order")
    func order() throws {
        var environment = [
            "AZURE_STORAGE_CONNECTION_STRING": "AccountName=acct;AccountKey=\(key)",
            "AZURE_STORAGE_KEY": key, "AZURE_STORAGE_SAS_TOKEN": token,
        ]
        func source(_ query: String = "") throws -> CredentialPlace? {
            let place = try target("https://acct.blob.core.windows.net", query: query)
            return try CredentialDiscovery.find(for: place, environment: environment).report.source
        }
        #expect(try source(token) == .location)
        #expect(try source() == .connectionString)
        environment["AZURE_STORAGE_CONNECTION_STRING"] = ""
        #expect(try source() == .key)
        environment["AZURE_STORAGE_KEY"] = nil
        #expect(try source() == .sasToken)
    }

    @Test("passes over what belongs to another account, and says so")
    func otherAccount() throws {
        let environment = [
            "AZURE_STORAGE_CONNECTION_STRING": "AccountName=other;AccountKey=\(key)",
            "AZURE_STORAGE_ACCOUNT": "other", "AZURE_STORAGE_KEY": key,
        ]
        let place = try target("https://acct.blob.core.windows.net")
        let error = #expect(throws: CredentialError.self) {
            try CredentialDiscovery.find(for: place, environment: environment)
        }
        #expect(error?.kind == .notFound)
        #expect(error?.detail.contains("AZURE_STORAGE_CONNECTION_STRING (it is for account other") == true)
        #expect(error?.detail.contains("AZURE_STORAGE_KEY (AZURE_STORAGE_ACCOUNT is other") == true)
    }

    @Test("takes account and endpoint from the environment where the location names none")
    func fromEnvironment() throws {
        var environment = ["AZURE_STORAGE_ACCOUNT": "acct", "AZURE_STORAGE_KEY": key]
        var found = try CredentialDiscovery.find(for: .environment, environment: environment)
        #expect(found.endpoint == HTTPURL("https://acct.blob.core.windows.net"))
        environment["AZURE_STORAGE_SERVICE_ENDPOINT"] = "http://127.0.0.1:10000/acct"
        found = try CredentialDiscovery.find(for: .environment, environment: environment)
        #expect(found.endpoint == HTTPURL("http://127.0.0.1:10000/acct"))
        let string = ["AZURE_STORAGE_CONNECTION_STRING": "UseDevelopmentStorage=true"]
        found = try CredentialDiscovery.find(for: .environment, environment: string)
        #expect(found.account == "devstoreaccount1")
        #expect(throws: CredentialError(.accountUnknown)) {
            try CredentialDiscovery.find(for: .environment, environment: [:])
        }
    }

    @Test("knows the emulator on this machine, and offers its key to no other")
    func emulator() throws {
        let here = try target("http://127.0.0.1:10000/devstoreaccount1")
        #expect(try CredentialDiscovery.find(for: here, environment: [:]).report.source == .emulator)
        for url in ["http://10.0.0.1:10000/devstoreaccount1", "https://devstoreaccount1.blob.core.windows.net"] {
            let there = try target(url)
            #expect(throws: CredentialError(.notFound)) {
                try CredentialDiscovery.find(for: there, environment: [:])
            }
        }
    }

    @Test("takes the kind that is asked for, wherever it comes in the order, and no other")
    func forced() throws {
        let environment = [
            "AZURE_STORAGE_CONNECTION_STRING": "AccountName=acct;AccountKey=\(key)",
            "AZURE_STORAGE_KEY": key, "AZURE_STORAGE_SAS_TOKEN": token,
        ]
        func source(_ kind: CredentialKind, query: String = "") throws -> CredentialPlace? {
            let place = try target("https://acct.blob.core.windows.net", query: query)
            return try CredentialDiscovery.find(
                for: place, environment: environment, rules: CredentialRules(kind: kind)
            ).report.source
        }
        #expect(try source(.connectionString, query: token) == .connectionString)
        #expect(try source(.key, query: token) == .key)
        #expect(try source(.sas) == .sasToken)
        #expect(try source(.sas, query: token) == .location)
        #expect(try source(.anonymous) == .anonymous)
        let error = #expect(throws: CredentialError.self) { try source(.managedIdentity) }
        #expect(error?.kind == .notFound)
        #expect(error?.detail.contains("`--auth managed-identity` asks for another kind") == true)
    }

    @Test("takes the endpoint of the cloud that is meant")
    func suffix() throws {
        let environment = ["AZURE_STORAGE_ACCOUNT": "acct", "AZURE_STORAGE_KEY": key]
        let found = try CredentialDiscovery.find(
            for: .environment, environment: environment,
            rules: CredentialRules(storageSuffix: Cloud.china.storageSuffix))
        #expect(found.endpoint == HTTPURL("https://acct.blob.core.chinacloudapi.cn"))
    }

    @Test(
        "stops at a malformed value and names the variable",
        arguments: ["AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_KEY", "AZURE_STORAGE_SAS_TOKEN"])
    func malformed(variable: String) throws {
        let place = try target("https://acct.blob.core.windows.net")
        let error = #expect(throws: CredentialError.self) {
            try CredentialDiscovery.find(for: place, environment: [variable: "hunter2"])
        }
        #expect(error?.place == variable)
        #expect(error.map { !Explanation($0).text.contains("hunter2") } == true)
    }

    @Test(
        "tells the account from an endpoint",
        arguments: [
            ("https://acct.blob.core.windows.net/c", "acct", false),
            ("https://acct-secondary.blob.core.windows.net", "acct", false),
            ("http://127.0.0.1:10000/acct/c", "acct", true), ("http://localhost/acct", "acct", true),
            ("http://[::1]:1/acct", "acct", true), ("http://storage:10000/acct", "acct", true),
            ("http://acct.blob.localhost:10000/c", "acct", false),
        ])
    func address(url: String, account: String, isPathStyle: Bool) throws {
        let address = try AccountAddress(endpoint: #require(HTTPURL(url)))
        #expect(address.account == account)
        #expect(address.isPathStyle == isPathStyle)
    }
}
