import AzureIdentity
import AzureStage
import BlobServer
import BlobStorage
import ByteStreams
import CryptoDigests
import Diagnostics
import DirectoryStore
import FoundationEssentials
import HTTPListener
import HTTPMessages
import HTTPTransport
import TestSupport
import Testing

/// The example's stage with a blob server, on a port of its own.
struct PlayedStage: Sendable {
    static let contoso = "11111111-000a-4000-8000-000000000000"
    static let fabrikam = "22222222-000b-4000-8000-000000000000"
    static let storage = "https://storage.azure.com"
    static let management = "https://management.azure.com"
    static let vaults = "https://vault.azure.net"
    /// Takes half a second to make.
    private static let key = Result { try RSAPrivateKey.generate() }

    let port: Int
    let clock: ServiceClock
    let key: RSAPrivateKey
    let client = CurlClient(width: 8)

    var base: String { "http://127.0.0.1:\(port)" }

    static func run(
        _ document: StageDocument = .example, _ body: (PlayedStage) async throws -> Void
    ) async throws {
        let clock = ServiceClock(Date(timeIntervalSince1970: 1_750_000_000))
        let key = try key.get()
        let stage = try AzureStage(
            document, key: key, log: .silent, clock: { clock.now }, random: { .random(in: .min ... .max) })
        try await withTemporaryDirectory(inMemory: true) { path in
            try await withAccounts(stage.accountNames[...], in: path, clock, [:]) { accounts in
                var published: [String: PublishedAccount] = [:]
                for (name, account) in accounts {
                    stage.attach(account, as: name)
                    published[name] = PublishedAccount(account, policy: stage.policy(of: name))
                }
                let copies = BlobCopies()
                let server = BlobServer(
                    accounts: published, log: .silent, clock: { clock.now }, random: { .random(in: .min ... .max) },
                    copies: copies)
                try await copies.run {
                    try await withHTTPListener(
                        host: "127.0.0.1", port: 0, limits: ListenerLimits(drain: .seconds(5)),
                        handler: { head, body in
                            AzureStage.serves(head)
                                ? await stage.respond(to: head, body: &body)
                                : await server.respond(to: head, body: &body)
                        },
                        body: { try await body(PlayedStage(port: $0.port, clock: clock, key: key)) })
                }
            }
        }
    }

    private static func withAccounts(
        _ names: ArraySlice<String>, in path: String, _ clock: ServiceClock, _ open: [String: any BlobAccount],
        _ body: ([String: any BlobAccount]) async throws -> Void
    ) async throws {
        guard let name = names.first else { return try await body(open) }
        try await withResource {
            try await DirectoryAccount.open(
                path: path + "/" + name, access: .exclusive, clock: { clock.now },
                random: { .random(in: .min ... .max) })
        } release: { account in
            try await account.close()
        } body: { account in
            _ = try await account.create(ContainerName("box"), metadata: [:])
            try await withAccounts(names.dropFirst(), in: path, clock, open.merging([name: account]) { $1 }, body)
        }
    }

    // MARK: - Requests

    func send(
        _ method: HTTPMethod, _ target: String, _ fields: HTTPFields = [:], body: [UInt8] = []
    ) async throws -> HTTPResponse {
        let url = try #require(HTTPURL(target.hasPrefix("/") ? base + target : target))
        return try await client.send(HTTPRequest(method, url, fields: fields), body: body.span, limit: 4 << 20)
    }

    func json(
        _ method: HTTPMethod, _ target: String, _ token: String? = nil, _ document: String = ""
    ) async throws -> HTTPResponse {
        var fields: HTTPFields = ["Content-Type": "application/json"]
        fields["Authorization"] = token.map { "Bearer \($0)" }
        return try await send(method, target, fields, body: Array(document.utf8))
    }

    // MARK: - Tokens

    /// The client id of one of the example's applications.
    static func application(_ name: String, of tenant: String = contoso) -> String {
        let number = ["operator": 10, "backup": 20, "reader": 30, "nobody": 40][name] ?? 0
        return String(tenant.dropLast(2)) + String(number)
    }

    static func principal(_ name: String, of tenant: String = contoso) -> String {
        String(application(name, of: tenant).dropLast()) + "1"
    }

    func askForToken(
        _ fields: HTTPQuery, tenant: String = contoso, path: String = "oauth2/v2.0/token"
    ) async throws -> HTTPResponse {
        try await send(
            .post, "/\(tenant)/\(path)", ["Content-Type": "application/x-www-form-urlencoded"],
            body: Array(fields.encoded.utf8))
    }

    /// A token of one of the example's applications.
    func token(_ name: String = "operator", of tenant: String = contoso, for resource: String) async throws -> String {
        let company = tenant == Self.contoso ? "contoso" : "fabrikam"
        let answer = try await askForToken(
            [
                "grant_type": "client_credentials", "client_id": Self.application(name, of: tenant),
                "client_secret": "stage-secret-of-\(company)-\(name)", "scope": resource + "/.default",
            ], tenant: tenant)
        try #require(answer.status == 200, "\(answer.text)")
        return try #require(try answer.fields(of: "access_token"))
    }

    // MARK: - The resource manager

    static func account(_ name: String = "contosobackups", of tenant: String = contoso) -> String {
        let company = tenant == contoso ? "contoso" : "fabrikam"
        return "/subscriptions/\(tenant.dropLast())1/resourceGroups/\(company)-backups/providers/Microsoft.Storage/"
            + "storageAccounts/\(name)"
    }

    /// Changes properties of an account.
    func change(
        _ properties: String, of name: String = "contosobackups", in tenant: String = contoso
    ) async throws {
        let answer = try await json(
            .patch, Self.account(name, of: tenant) + "?api-version=2023-05-01",
            try await token(of: tenant, for: Self.management), "{\"properties\": {\(properties)}}")
        try #require(answer.status == 200, "\(answer.text)")
    }

    // MARK: - Blobs

    /// Sends a request to the blob service with a token.
    func blob(
        _ method: HTTPMethod, _ target: String, _ token: String? = nil, _ fields: HTTPFields = [:], body: [UInt8] = []
    ) async throws -> HTTPResponse {
        var fields = fields
        if fields["x-ms-version"] == nil { fields["x-ms-version"] = "2023-11-03" }
        fields["Authorization"] = token.map { "Bearer \($0)" }
        if method == .put, fields["x-ms-blob-type"] == nil, !target.contains("?") {
            fields["x-ms-blob-type"] = "BlockBlob"
        }
        return try await send(method, target, fields, body: body)
    }
}

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
    var code: String { fields["x-ms-error-code"] ?? "" }

    /// A text in the answer's document.
    func fields(of name: String) throws -> String? {
        try JSONDecoder().decode([String: Flat].self, from: Data(body))[name]?.text
    }
}

/// A text or a number, and nothing for the rest.
private struct Flat: Decodable {
    let text: String?

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        text = (try? container.decode(String.self)) ?? (try? container.decode(Int.self)).map(String.init)
    }
}
