import CryptoDigests

extension StageDocument {
    /// A stage with two tenants, each with applications, accounts, an identity and a vault.
    ///
    /// Its ids, secrets and keys are the same each time and known to everybody, like those of an emulator.
    public static let example = StageDocument(
        version: 1, tokenLife: nil, identityHeader: "stage-identity-header", arcDirectory: nil,
        tenants: [
            Example(number: 1, letter: "a", name: "contoso", accounts: ["contosobackups", "contosoarchive"]).tenant,
            Example(number: 2, letter: "b", name: "fabrikam", accounts: ["fabrikambackups"]).tenant,
        ])
}

/// One of the tenants of the example.
private struct Example {
    let number: Int
    let letter: String
    let name: String
    let accounts: [String]

    /// `11111111-000a-4000-8000-000000000000` and so on: the tenant's number, its letter, and what of it.
    private func id(_ what: Int) -> String {
        "\(number)\(number)\(number)\(number)\(number)\(number)\(number)\(number)-000\(letter)-4000-8000-"
            + String(repeating: "0", count: 12 - String(what).count) + String(what)
    }

    private var subscription: String { id(1) }
    private var group: String { "\(name)-backups" }
    private var scope: String { "/subscriptions/\(subscription)" }

    private func account(_ name: String) -> String {
        "\(scope)/resourceGroups/\(group)/providers/Microsoft.Storage/storageAccounts/\(name)"
    }

    var tenant: StageDocument.Tenant {
        StageDocument.Tenant(
            id: id(0), domain: "\(name).example",
            applications: [
                application("operator", 10, federated: true), application("backup", 20), application("reader", 30),
                application("nobody", 40),
            ],
            identities: [
                StageDocument.ManagedIdentity(client: id(50), object: id(51), resource: nil),
                StageDocument.ManagedIdentity(
                    client: id(60), object: id(61),
                    resource: "\(scope)/resourceGroups/\(group)/providers/Microsoft.ManagedIdentity/"
                        + "userAssignedIdentities/\(name)-agent"),
            ],
            subscriptions: [
                StageDocument.Subscription(
                    id: subscription, name: name, accounts: accounts.map(described), vaults: [vault])
            ],
            assignments: assignments, locks: nil)
    }

    private func application(_ role: String, _ number: Int, federated: Bool = false) -> StageDocument.Application {
        StageDocument.Application(
            id: id(number), object: id(number + 1), name: "\(name)-\(role)",
            secrets: [StageDocument.Application.Password(value: "stage-secret-of-\(name)-\(role)", expires: nil)],
            certificates: nil,
            federated: federated
                ? [
                    StageDocument.Application.Federation(
                        issuer: "https://cluster.\(name).example", subject: "system:serviceaccount:backups:agent",
                        audience: nil, keys: nil)
                ] : nil)
    }

    private var assignments: [StageDocument.Assignment] {
        let first = account(accounts[0])
        return [
            (11, "Owner", scope), (11, "Storage Blob Data Owner", scope), (11, "Key Vault Secrets Officer", scope),
            (21, "Reader", scope), (21, "Storage Blob Data Contributor", first), (21, "Key Vault Secrets User", scope),
            (31, "Storage Blob Data Reader", first), (51, "Reader", scope),
            (51, "Storage Blob Data Contributor", first),
            (61, "Storage Blob Data Reader", first),
        ].map { StageDocument.Assignment(principal: id($0), role: $1, scope: $2) }
    }

    private func described(_ account: String) -> StageDocument.Account {
        StageDocument.Account(
            name: account, resourceGroup: group, kind: "StorageV2", sku: "Standard_RAGRS", location: "westeurope",
            keys: ["1", "2"].map { Self.key(account + $0) },
            properties: ["statusOfSecondary": "available", "secondaryLocation": "northeurope"], blobService: nil)
    }

    /// 64 bytes that anybody can work out.
    private static func key(_ text: String) -> String {
        let half = MessageAuthentication.hmacSHA256(Array(text.utf8), key: Array("penstock stage".utf8))
        return Base64.encode(half + MessageAuthentication.hmacSHA256(half, key: Array("penstock stage".utf8)))
    }

    private var vault: StageDocument.Vault {
        StageDocument.Vault(
            name: "\(name)-vault", resourceGroup: group,
            secrets: [
                StageDocument.Vault.SecretText(
                    name: "postgres",
                    value: "Server=db.\(name).example;Database=postgres;Port=5432;User Id=backup;"
                        + "Password=stage-password;Ssl Mode=Require;",
                    contentType: nil, enabled: nil, nbf: nil, exp: nil)
            ])
    }
}
