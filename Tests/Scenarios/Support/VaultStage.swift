import SystemCalls
import TestSupport
import Testing

/// A stage with an account, a vault and secrets of every kind in it, while it runs.
struct VaultStage: Sendable {
    static let clientSecret = "client-s3cret-of-the-stage"
    static let accountKey =
        "c3RhZ2Utc3RhZ2Utc3RhZ2Utc3RhZ2Utc3RhZ2Utc3RhZ2Utc3RhZ2Utc3RhZ2Utc3RhZ2Utc3RhZ2Utc3RhZ2U0MjQyNDI0MjQyNDI0MjQ="
    private static let tenant = "44444444-0000-4000-8000-000000000000"
    private static let application = "44444444-0000-4000-8000-000000000010"
    private static let stranger = "44444444-0000-4000-8000-000000000020"

    let base: String
    /// For files of the test's own.
    let work: String

    var location: String { base + "/mine/box" }
    private var port: Substring { base.split(separator: ":").last ?? "" }

    func reference(_ name: String, vault: String = "my-vault") -> String {
        "@keyvault:http://\(vault).vault.localhost:\(port)/secrets/\(name)"
    }

    /// Writes a file that holds a secret, and answers what names it.
    func file(_ name: String, _ content: String) throws -> String {
        try Files.replace("\(work)/\(name)", with: Array(content.utf8))
        return "@file:\(work)/\(name)"
    }

    /// The variables of a process that signs in here; its own secret lies in a file.
    func environment(asStranger: Bool = false) throws -> [String: String] {
        [
            "AZURE_AUTHORITY_HOST": base, "AZURE_TENANT_ID": Self.tenant,
            "AZURE_CLIENT_ID": asStranger ? Self.stranger : Self.application,
            "AZURE_CLIENT_SECRET": try file("client-secret", Self.clientSecret + "\n"),
            "PENSTOCK_VAULT_ENDPOINT": "http://vault.localhost:\(port)", "PENSTOCK_MANAGEMENT_ENDPOINT": base,
            "AZURE_STORAGE_ACCOUNT": "mine",
        ]
    }

    /// - Parameter secrets: What lies in the vault, beside the account's key under `key`.
    static func during<Output>(
        _ secrets: [String: String] = [:], _ body: (VaultStage) async throws -> Output
    ) async throws -> Output {
        try await withTemporaryDirectory(inMemory: true) { root in
            try Files.makeDirectory(root + "/work")
            func quoted(_ text: String) -> String {
                "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
            }
            let all = secrets.merging(["key": accountKey]) { $1 }.map {
                #"{"name":"\#($0.key)","value":\#(quoted($0.value))}"#
            }
            let odd = [
                #"{"name":"disabled","value":"n0t-to-be-seen","enabled":false}"#,
                #"{"name":"expired","value":"n0t-to-be-seen","exp":1000000000}"#,
                #"{"name":"early","value":"n0t-to-be-seen","nbf":4102444800}"#,
            ]
            func application(_ id: String) -> String {
                #"{"id":"\#(id)","object":"\#(id)","secrets":[{"value":"\#(clientSecret)"}]}"#
            }
            let scope = "/subscriptions/\(tenant)"
            let roles = ["Key Vault Secrets User", "Owner"].map {
                #"{"principal":"\#(VaultStage.application)","role":"\#($0)","scope":"\#(scope)"}"#
            }
            let document = #"""
                {"version":1,"tenants":[{"id":"\#(tenant)",
                "applications":[\#(application(VaultStage.application)),\#(application(stranger))],
                "subscriptions":[{"id":"\#(tenant)",
                "accounts":[{"name":"mine","resourceGroup":"g","keys":["\#(accountKey)","\#(accountKey)"]}],
                "vaults":[{"name":"my-vault","resourceGroup":"g","secrets":[\#((all + odd).joined(separator: ","))]}]}],
                "assignments":[\#(roles.joined(separator: ","))]}]}
                """#
            try Files.replace(root + "/stage.json", with: Array(document.utf8))
            let words = [
                "serve", "--data", root + "/data", "--azure", "--port", "0", "--azure-file", root + "/stage.json",
            ]
            return try await Penstock().during(words) { running in
                let first = try await running.firstLine()
                try #require(first.hasSuffix("/mine"), "\(running.errors)")
                try await eventually("it serves") { running.errors.contains("until interrupted") }
                return try await body(VaultStage(base: String(first.dropLast("/mine".count)), work: root + "/work"))
            }
        }
    }
}
