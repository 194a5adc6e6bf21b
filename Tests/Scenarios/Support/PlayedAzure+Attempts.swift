import AzureIdentity
import FoundationEssentials
import HTTPMessages
import Testing

/// What is tried at the stage while a rule is broken, and what breaks it.
extension PlayedAzure {
    static let box = account() + "/blobServices/default/containers/box"

    static func customerKey(endingIn year: Int) -> String {
        """
        "encryption": {"keySource": "Microsoft.Keyvault", "keyvaultproperties":
          {"currentVersionedKeyExpirationTimestamp": "\(year)-01-01T00:00:00Z"}}
        """
    }

    func uploadWithKey() async throws -> String? {
        var penstock = Penstock()
        penstock.environment["AZURE_STORAGE_ACCOUNT"] = "contosobackups"
        penstock.environment["AZURE_STORAGE_KEY"] = try await key()
        let run = try await penstock.run("upload", location("box/blob"), "--overwrite", "--retry-for", "1s", input: [1])
        return run.code == 0 ? nil : run.errors
    }

    func downloadSigned(forHours hours: Double) async throws -> String? {
        let start = Date().addingTimeInterval(-60)
        var fields = SASFields()
        for (name, value) in [
            "sv": "2021-12-02", "sr": "c", "sp": "r", "st": start.formatted(.iso8601),
            "se": start.addingTimeInterval(hours * 3600).formatted(.iso8601),
        ] { fields[name] = value }
        let key = try SharedKey(account: "contosobackups", base64Key: await key())
        let resource = SASResource(account: "contosobackups", container: "box")
        let token = try #require(SASToken.signing(fields, for: resource, with: key)).reveal { $0.encoded }
        return try await tries(["download", location("box/blob?") + token])
    }

    func makeBlob() async throws {
        let refused = try await Self.upload(self)
        try #require(refused == nil)
    }

    func leaseContainer() async throws {
        let refused = try await blob(
            .put, "/contosobackups/box?restype=container&comp=lease",
            ["x-ms-lease-action": "acquire", "x-ms-lease-duration": "-1"])
        try #require(refused == nil)
    }

    func makeForeignBlob() async throws {
        try await penstock(.fabrikam).run("upload", location("box/source", "fabrikambackups"), input: [1, 2, 3])
            .expecting()
    }

    func copyFromFabrikam() async throws -> String? {
        try await blob(
            .put, "/contosobackups/box/copy",
            [
                "x-ms-blob-type": "BlockBlob", "x-ms-copy-source": location("box/source", "fabrikambackups"),
                "x-ms-copy-source-authorization": "Bearer \(try await token(.fabrikam, for: "storage.azure.com"))",
            ])
    }

    /// Through the resource manager, by the operator.
    private func managed(_ method: HTTPMethod, _ path: String, _ body: String = "") async throws -> String? {
        let answer = try await send(
            method, path + "?api-version=2023-05-01",
            [
                "Content-Type": "application/json",
                "Authorization": "Bearer \(try await token(for: "management.azure.com"))",
            ], body: body)
        let code = String(decoding: answer.body, as: UTF8.self)
        return (200..<300).contains(answer.status) ? nil : "\(answer.status) \(code)"
    }

    func openContainer() async throws -> String? {
        try await managed(.patch, Self.box, #"{"properties": {"publicAccess": "Blob"}}"#)
    }

    func listKeys() async throws -> String? { try await managed(.post, Self.account() + "/listKeys") }

    func tagBlob() async throws -> String? {
        try await blob(
            .put, "/contosobackups/box/blob?comp=tags", ["Content-Type": "application/xml"],
            body: "<Tags><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tags>")
    }

    func move(toTier tier: String) async throws -> String? {
        try await blob(.put, "/contosobackups/box/blob?comp=tier", ["x-ms-access-tier": tier])
    }

    func removeContainer() async throws -> String? {
        try await blob(.delete, "/contosobackups/box?restype=container")
    }

    /// Gives the application without any role the role Reader of the account.
    func letNobodyRead() async throws {
        try await manage(
            .put,
            Self.account() + "/providers/Microsoft.Authorization/roleAssignments/44444444-0000-4000-8000-000000000000",
            """
            {"properties": {"principalId": "\(Tenant.contoso.id(41))",
             "roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"}}
            """)
    }
}
