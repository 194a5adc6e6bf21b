import Diagnostics
import FoundationEssentials
import HTTPMessages
import HTTPTransport
import SystemCalls
import TestSupport
import Testing

/// `penstock serve --azure` as a child, with the example's two tenants.
struct AzureStageServer: Sendable {
    /// One of the example's tenants.
    enum Tenant: String, Sendable {
        case contoso = "11111111-000a-4000-8000-0000000000"
        case fabrikam = "22222222-000b-4000-8000-0000000000"

        var id: String { rawValue + "00" }
        var name: String { self == .contoso ? "contoso" : "fabrikam" }

        func account(_ name: String) -> String {
            "/subscriptions/\(rawValue)01/resourceGroups/\(self.name)-backups/providers/Microsoft.Storage/"
                + "storageAccounts/\(name)"
        }
    }

    /// The URL in front of the accounts.
    let base: String
    let running: Running
    private let client = CurlClient(width: 1)

    /// Plays the stage for as long as `body` runs, with the container `box` in all accounts.
    static func during<Output>(
        watch: @escaping @Sendable (String) -> Void = { _ in }, _ body: (AzureStageServer) async throws -> Output
    ) async throws -> Output {
        try await withTemporaryDirectory(inMemory: true) { data in
            let words = ["serve", "--data", data, "--azure", "--port", "0", "--verbose"]
            return try await Penstock().during(words, watch: watch) { running in
                let first = try await running.firstLine()
                try #require(first.hasSuffix("/contosoarchive"), "\(running.errors)")
                let stage = AzureStageServer(base: String(first.dropLast("/contosoarchive".count)), running: running)
                for (tenant, account) in [
                    (Tenant.contoso, "contosobackups"), (.contoso, "contosoarchive"), (.fabrikam, "fabrikambackups"),
                ] {
                    try await stage.penstock(tenant).run("container", "create", stage.box(account)).expecting()
                }
                return try await body(stage)
            }
        }
    }

    func box(_ account: String, _ path: String = "") -> String {
        "\(base)/\(account)/box" + (path.isEmpty ? "" : "/" + path)
    }

    /// The variables of an application of a tenant.
    func identity(_ tenant: Tenant, _ application: String = "operator") -> [String: String] {
        let number = ["operator": "10", "backup": "20", "reader": "30"][application] ?? "40"
        return [
            "AZURE_TENANT_ID": tenant.id, "AZURE_CLIENT_ID": tenant.rawValue + number,
            "AZURE_CLIENT_SECRET": "stage-secret-of-\(tenant.name)-\(application)",
        ]
    }

    /// The program as somebody of a tenant runs it, with those variables for the source of copies.
    func penstock(_ tenant: Tenant, source: [String: String] = [:]) -> Penstock {
        var penstock = Penstock()
        penstock.environment.merge(identity(tenant)) { $1 }
        penstock.environment["AZURE_AUTHORITY_HOST"] = base
        for (name, value) in source { penstock.environment["PENSTOCK_SOURCE_" + name] = value }
        return penstock
    }

    // MARK: - The resource manager

    private func ask(
        _ method: HTTPMethod, _ target: String, _ fields: HTTPFields, _ body: String
    ) async throws -> HTTPResponse {
        let url = try #require(HTTPURL(base + target))
        return try await client.send(
            HTTPRequest(method, url, fields: fields), body: Array(body.utf8).span, limit: 1 << 20)
    }

    private func token(_ tenant: Tenant, for resource: String) async throws -> String {
        let secret = identity(tenant)
        var form: HTTPQuery = ["grant_type": "client_credentials", "scope": "\(resource)/.default"]
        form.append("client_id", secret["AZURE_CLIENT_ID"] ?? "")
        form.append("client_secret", secret["AZURE_CLIENT_SECRET"] ?? "")
        let given = try await ask(
            .post, "/\(tenant.id)/oauth2/v2.0/token", ["Content-Type": "application/x-www-form-urlencoded"],
            form.encoded)
        return try JSON(String(decoding: given.body, as: UTF8.self)).text("access_token")
    }

    /// Asks the blob service something as the operator of a tenant.
    func blob(
        _ method: HTTPMethod, _ target: String, _ tenant: Tenant, _ body: String = ""
    ) async throws -> HTTPResponse {
        let token = try await token(tenant, for: "https://storage.azure.com")
        return try await ask(
            method, target, ["Authorization": "Bearer \(token)", "x-ms-version": "2021-12-02"], body)
    }

    private func manage(_ method: HTTPMethod, _ target: String, _ tenant: Tenant, _ body: String) async throws -> JSON {
        let token = try await token(tenant, for: "https://management.azure.com")
        let answer = try await ask(
            method, target + "?api-version=2023-05-01",
            ["Content-Type": "application/json", "Authorization": "Bearer \(token)"], body)
        try #require(answer.isSuccess, "\(String(decoding: answer.body, as: UTF8.self))")
        return try JSON(String(decoding: answer.body, as: UTF8.self))
    }

    /// Changes properties of an account.
    func change(_ properties: String, of account: String, in tenant: Tenant) async throws {
        _ = try await manage(.patch, tenant.account(account), tenant, "{\"properties\": {\(properties)}}")
    }

    /// The variables of an account's first key.
    func key(of account: String, in tenant: Tenant) async throws -> [String: String] {
        let keys = try await manage(.post, tenant.account(account) + "/listKeys", tenant, "").list("keys")
        return ["AZURE_STORAGE_ACCOUNT": account, "AZURE_STORAGE_KEY": try #require(keys.first).text("value")]
    }
}
