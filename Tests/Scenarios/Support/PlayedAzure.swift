import HTTPMessages
import HTTPTransport
import TestSupport
import Testing

/// `penstock serve --azure` as a child, with the example's tenants and a container `box` in each account.
struct PlayedAzure: Sendable {
    enum Tenant: String {
        case contoso = "11111111-000a-4000-8000-000000000000"
        case fabrikam = "22222222-000b-4000-8000-000000000000"

        /// What ends in a number, as the example's stage counts.
        func id(_ number: Int) -> String { rawValue.dropLast(2) + (number < 10 ? "0\(number)" : "\(number)") }
    }

    /// An application of each tenant, as the example numbers them.
    enum Application: Int {
        case `operator` = 10
        case backup = 20
        case reader = 30
        case nobody = 40
    }

    let base: String
    private let client = CurlClient(width: 4)

    static func run<Output>(_ body: (PlayedAzure) async throws -> Output) async throws -> Output {
        try await withTemporaryDirectory(inMemory: true) { root in
            let words = ["serve", "--data", root + "/data", "--azure", "--port", "0"]
            return try await Penstock().during(words) { running in
                let first = try await running.firstLine()
                try #require(first.hasSuffix("/contosoarchive"), "\(running.errors)")
                let azure = PlayedAzure(base: String(first.dropLast("/contosoarchive".count)))
                for (account, tenant) in [
                    ("contosobackups", Tenant.contoso), ("contosoarchive", .contoso), ("fabrikambackups", .fabrikam),
                ] {
                    try await azure.penstock(tenant).run("container", "create", azure.location("box", account))
                        .expecting()
                }
                return try await body(azure)
            }
        }
    }

    /// The program with an application's identity.
    func penstock(_ tenant: Tenant = .contoso, _ application: Application = .operator) -> Penstock {
        Penstock(
            environment: Penstock.environment.merging([
                "AZURE_AUTHORITY_HOST": base, "PENSTOCK_MANAGEMENT_ENDPOINT": base, "AZURE_TENANT_ID": tenant.rawValue,
                "AZURE_CLIENT_ID": tenant.id(application.rawValue),
                "AZURE_CLIENT_SECRET": Self.secret(tenant, application),
            ]) { $1 })
    }

    func location(_ path: String, _ account: String = "contosobackups") -> String { "\(base)/\(account)/\(path)" }

    static func secret(_ tenant: Tenant, _ application: Application) -> String {
        "stage-secret-of-\(tenant)-\(application)"
    }

    /// The resource ID of an account.
    static func account(_ name: String = "contosobackups") -> String {
        let tenant = name.hasPrefix("contoso") ? Tenant.contoso : .fabrikam
        return "/subscriptions/\(tenant.id(1))/resourceGroups/\(tenant)-backups/providers/Microsoft.Storage/"
            + "storageAccounts/\(name)"
    }

    // MARK: - Requests

    func send(
        _ method: HTTPMethod, _ target: String, _ fields: HTTPFields = [:], body: String = ""
    ) async throws -> HTTPResponse {
        let url = try #require(HTTPURL(target.hasPrefix("/") ? base + target : target))
        return try await client.send(
            HTTPRequest(method, url, fields: fields), body: Array(body.utf8).span, limit: 4 << 20)
    }

    func token(
        _ tenant: Tenant = .contoso, _ application: Application = .operator, for resource: String
    ) async throws -> String {
        let fields: HTTPQuery = [
            "grant_type": "client_credentials", "client_id": tenant.id(application.rawValue),
            "client_secret": Self.secret(tenant, application), "scope": "https://\(resource)/.default",
        ]
        let answer = try await send(
            .post, "/\(tenant.rawValue)/oauth2/v2.0/token", ["Content-Type": "application/x-www-form-urlencoded"],
            body: fields.encoded)
        return try JSON(String(decoding: answer.body, as: UTF8.self)).text("access_token")
    }

    /// A request to the resource manager in the name of the operator of the resource's tenant, which must succeed.
    @discardableResult
    func manage(_ method: HTTPMethod, _ path: String, _ body: String = "") async throws -> String {
        let tenant = path.contains(Tenant.fabrikam.id(1)) ? Tenant.fabrikam : .contoso
        let token = try await token(tenant, for: "management.azure.com")
        let query = path.contains("api-version=") ? "" : "?api-version=2023-05-01"
        let answer = try await send(
            method, path + query, ["Content-Type": "application/json", "Authorization": "Bearer \(token)"], body: body)
        let text = String(decoding: answer.body, as: UTF8.self)
        try #require((200..<300).contains(answer.status), "\(method) \(path): \(answer.status) \(text)")
        return text
    }

    /// Changes properties of an account.
    func change(_ properties: String, of name: String = "contosobackups") async throws {
        try await manage(.patch, Self.account(name), "{\"properties\": {\(properties)}}")
    }

    /// A request to the blob service with a token; what was refused, or `nil`.
    func blob(
        _ method: HTTPMethod, _ target: String, of tenant: Tenant = .contoso, _ fields: HTTPFields = [:],
        body: String = ""
    ) async throws -> String? {
        var fields = fields
        fields["x-ms-version"] = "2023-11-03"
        fields["Authorization"] = "Bearer \(try await token(tenant, for: "storage.azure.com"))"
        return Self.refusal(try await send(method, target, fields, body: body))
    }

    static func refusal(_ answer: HTTPResponse) -> String? {
        (200..<300).contains(answer.status) ? nil : "\(answer.status) \(answer.fields["x-ms-error-code"] ?? "")"
    }

    /// The first key of the account.
    func key() async throws -> String {
        let listed = try await manage(.post, Self.account() + "/listKeys")
        return try #require(try JSON(listed).list("keys").first).text("value")
    }
}
