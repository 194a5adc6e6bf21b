import HTTPMessages
import TestSupport
import Testing

@Suite("The resource manager of the stage")
struct ManagementTests {
    private static let version = "?api-version=2023-05-01"

    @Test("shows accounts to those with a role, as they are reached here")
    func accounts() async throws {
        try await PlayedStage.run { stage in
            let token = try await stage.token(for: PlayedStage.management)
            let account = try await stage.json(.get, PlayedStage.account() + Self.version, token)
            #expect(account.status == 200)
            #expect(account.text.contains(#""blob":"\#(stage.base)/contosobackups/""#))
            #expect(account.text.contains(#""type":"Microsoft.Storage/storageAccounts""#))
            let list = "/subscriptions/11111111-000a-4000-8000-000000000001/providers/Microsoft.Storage/storageAccounts"
            let all = try await stage.json(.get, list + Self.version, token)
            #expect(all.text.contains("contosobackups") && all.text.contains("contosoarchive"))
            #expect(!all.text.contains("fabrikam"))
            // Words that are fixed are compared without regard to case.
            let odd = PlayedStage.account().replacing("resourceGroups", with: "RESOURCEGROUPS").replacing(
                "storageAccounts", with: "StorageAccounts")
            #expect(try await stage.json(.get, odd + Self.version, token).status == 200)
            let service = try await stage.json(
                .get, PlayedStage.account() + "/blobServices/default" + Self.version, token)
            #expect(service.text.contains(#""deleteRetentionPolicy""#))
            let own = try await stage.json(.get, "/subscriptions\(Self.version)", token)
            #expect(own.text.contains("11111111-000a") && !own.text.contains("22222222"))
            #expect(try await stage.json(.get, "/tenants\(Self.version)", token).text.contains(PlayedStage.contoso))
        }
    }

    @Test("says what is wrong in its own shape")
    func failures() async throws {
        try await PlayedStage.run { stage in
            let path = PlayedStage.account() + Self.version
            let token = try await stage.token(for: PlayedStage.management)
            let foreign = try await stage.json(
                .get, path, try await stage.token(of: PlayedStage.fabrikam, for: PlayedStage.management))
            #expect((foreign.status, foreign.code) == (401, "InvalidAuthenticationTokenTenant"))
            #expect(
                foreign.fields["WWW-Authenticate"]?.contains("\(stage.base)/\(PlayedStage.contoso)\"") == true)
            let nobody = try await stage.json(
                .get, path, try await stage.token("nobody", for: PlayedStage.management))
            #expect((nobody.status, nobody.code) == (403, "AuthorizationFailed"))
            #expect(nobody.text.contains("Microsoft.Storage/storageAccounts/read"))
            let wrong = try await stage.json(.get, path, try await stage.token(for: PlayedStage.storage))
            #expect((wrong.status, wrong.code) == (401, "InvalidAuthenticationTokenAudience"))
            #expect(try await stage.json(.get, path).code == "AuthenticationFailed")
            #expect(try await stage.json(.get, path, "x").code == "InvalidAuthenticationToken")
            #expect(try await stage.json(.get, PlayedStage.account(), token).code == "MissingApiVersionParameter")
            #expect(
                try await stage.json(.get, PlayedStage.account() + "?api-version=new", token).code
                    == "InvalidApiVersionParameter")
            let missing = try await stage.json(.get, PlayedStage.account("nothing") + Self.version, token)
            #expect((missing.status, missing.code) == (404, "ResourceNotFound"))
            let subscription = "/subscriptions/99999999-000a-4000-8000-000000000001\(Self.version)"
            #expect(try await stage.json(.get, subscription, token).code == "SubscriptionNotFound")
            stage.clock.pass(3601)
            #expect(try await stage.json(.get, path, token).code == "ExpiredAuthenticationToken")
        }
    }

    @Test("changes properties, and refuses what they cannot be without changing any")
    func changes() async throws {
        try await PlayedStage.run { stage in
            let path = PlayedStage.account() + Self.version
            let token = try await stage.token(for: PlayedStage.management)
            try await stage.change(#""allowedCopyScope": "AAD", "minimumTlsVersion": "TLS1_3""#)
            #expect(try await stage.json(.get, path, token).text.contains(#""allowedCopyScope":"AAD""#))
            try await stage.change(#""allowedCopyScope": null"#)
            let changed = try await stage.json(.get, path, token)
            #expect(!changed.text.contains("allowedCopyScope") && changed.text.contains("TLS1_3"))
            for bad in [
                #"{"properties": {"allowSharedKeyAccess": "no", "minimumTlsVersion": "TLS1_0"}}"#,
                #"{"properties": []}"#, #"{"properties": {"networkAcls": {"ipRules": [1]}}}"#, "[]", "{",
            ] {
                #expect(try await stage.json(.patch, path, token, bad).status == 400, "\(bad)")
            }
            #expect(try await stage.json(.get, path, token).body == changed.body)
            let reader = try await stage.token("backup", for: PlayedStage.management)
            #expect(try await stage.json(.get, path, reader).status == 200)
            #expect(try await stage.json(.patch, path, reader, "{}").code == "AuthorizationFailed")
        }
    }

    @Test("gives roles and takes them away")
    func roles() async throws {
        try await PlayedStage.run { stage in
            let token = try await stage.token(for: PlayedStage.management)
            let scope = PlayedStage.account() + "/providers/Microsoft.Authorization"
            let path = scope + "/roleAssignments/33333333-0000-4000-8000-000000000001?api-version=2022-04-01"
            let nobody = PlayedStage.principal("nobody")
            let body =
                #"{"properties": {"principalId": "\#(nobody)", "roleDefinitionId": "/x/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"}}"#
            #expect(try await stage.json(.put, path, token, body).status == 201)
            #expect(try await stage.json(.put, path, token, body).code == "RoleAssignmentExists")
            let found = try await stage.json(
                .get, scope + "/roleAssignments?api-version=2022-04-01&$filter=assignedTo('\(nobody)')", token)
            #expect(found.text.contains("33333333-0000") && !found.text.contains(PlayedStage.principal("reader")))
            let own = try await stage.json(
                .get, scope + "/permissions?api-version=2022-04-01",
                try await stage.token("nobody", for: PlayedStage.management))
            #expect(own.text.contains("containers/blobs/read"))
            #expect(try await stage.json(.delete, path, token).status == 200)
            #expect(try await stage.json(.delete, path, token).status == 204)
            #expect(try await stage.json(.get, path, token).code == "RoleAssignmentNotFound")
            let definitions = try await stage.json(
                .get,
                scope + "/roleDefinitions?api-version=2022-04-01&$filter=roleName%20eq%20'Storage%20Blob%20Delegator'",
                token)
            #expect(definitions.text.contains("db58b8e5-c6ad-4a2a-8342-4190687cbf4a"))
            #expect(!definitions.text.contains("2a2b9908"))
            for bad in [
                "{}", #"{"properties": {"principalId": "x", "roleDefinitionId": "Reader"}}"#,
                #"{"properties": {"principalId": "\#(nobody)", "roleDefinitionId": "King"}}"#,
                #"{"properties": {"principalId": "\#(nobody)", "roleDefinitionId": "Reader", "condition": "x"}}"#,
            ] {
                #expect(try await stage.json(.put, path, token, bad).status == 400, "\(bad)")
            }
        }
    }

    @Test("keeps what is locked, and with it the keys")
    func locks() async throws {
        try await PlayedStage.run { stage in
            let token = try await stage.token(for: PlayedStage.management)
            let keys = PlayedStage.account() + "/listKeys" + Self.version
            #expect(try await stage.json(.post, keys, token).text.contains("key1"))
            let locks = PlayedStage.account() + "/providers/Microsoft.Authorization/locks"
            let lock = locks + "/keep?api-version=2020-05-01"
            #expect(
                try await stage.json(.put, lock, token, #"{"properties": {"level": "ReadOnly"}}"#).status == 201)
            #expect(try await stage.json(.get, locks + "?api-version=2020-05-01", token).text.contains("keep"))
            #expect(try await stage.json(.post, keys, token).code == "ScopeLocked")
            #expect(
                try await stage.json(.patch, PlayedStage.account() + Self.version, token, "{}").code == "ScopeLocked")
            #expect(try await stage.json(.delete, lock, token).status == 200)
            #expect(try await stage.json(.post, keys, token).status == 200)
        }
    }

    @Test("makes containers, shows them and takes them away")
    func containers() async throws {
        try await PlayedStage.run { stage in
            let token = try await stage.token(for: PlayedStage.management)
            let containers = PlayedStage.account() + "/blobServices/default/containers"
            #expect(try await stage.json(.get, containers + "/new" + Self.version, token).code == "ContainerNotFound")
            #expect(try await stage.json(.put, containers + "/new" + Self.version, token, "{}").status == 201)
            #expect(try await stage.json(.put, containers + "/new" + Self.version, token, "{}").status == 200)
            let list = try await stage.json(.get, containers + Self.version, token)
            #expect(list.text.contains(#""name":"new""#) && list.text.contains(#""name":"box""#))
            #expect(try await stage.json(.delete, containers + "/new" + Self.version, token).status == 200)
            #expect(try await stage.json(.delete, containers + "/new" + Self.version, token).status == 204)
            #expect(try await stage.json(.put, containers + "/New_" + Self.version, token, "{}").status == 400)
        }
    }

    @Test(
        "answers odd paths and bodies without harm",
        arguments: [
            "/subscriptions/%00", "/subscriptions/a/providers", "/subscriptions/a/b/c/d/e",
            "/subscriptions/..%2f..", "/tenants/x", "/providers/Microsoft.Storage", "/subscriptions/%ff",
            "/subscriptions/11111111-000a-4000-8000-000000000001/providers/Microsoft.Authorization",
            "/subscriptions/11111111-000a-4000-8000-000000000001/providers/Microsoft.Authorization/locks/a/b/c",
            "/subscriptions/11111111-000a-4000-8000-000000000001/resourceGroups", "/stage/x", "/metadata", "/vaults",
            "/vaults/contoso-vault", "/msi/%E2%80%AE",
        ])
    func odd(path: String) async throws {
        try await PlayedStage.run { stage in
            let token = try await stage.token(for: PlayedStage.management)
            for method in [HTTPMethod.get, .put, .patch, .delete, .post, .head] {
                for query in ["", "?api-version=2023-05-01", "?api-version=2023-05-01&%zz"] {
                    let body: [UInt8] = [.get, .head, .delete].contains(method) ? [] : [0x7B, 0xFF]
                    let answer = try await stage.send(
                        method, path + query, ["Authorization": "Bearer \(token)"], body: body)
                    #expect((400..<500).contains(answer.status), "\(method) \(path)\(query)")
                }
            }
        }
    }
}
