import AzureIdentity
import FoundationEssentials
import HTTPMessages
import TestSupport
import Testing

@Suite("Properties of an account take effect in its blob service")
struct EnforcementTests {
    /// A property that keeps an operation from being done, and how it is refused.
    struct Rule: Sendable, CustomTestStringConvertible {
        let properties: String
        let mended: String
        let status: Int
        let code: String
        var method = HTTPMethod.put
        var target = "/contosobackups/box/blob"

        var testDescription: String { properties }
    }

    private static let rules = [
        Rule(
            properties: #""publicNetworkAccess": "Disabled""#, mended: #""publicNetworkAccess": "Enabled""#,
            status: 403,
            code: "AuthorizationFailure"),
        Rule(
            properties: #""publicNetworkAccess": "SecuredByPerimeter""#, mended: #""publicNetworkAccess": null"#,
            status: 403, code: "AuthorizationFailure"),
        Rule(
            properties: #""networkAcls": {"defaultAction": "Deny"}"#,
            mended: #""networkAcls": {"defaultAction": "Allow"}"#,
            status: 403, code: "AuthorizationFailure"),
        Rule(
            properties: #""networkAcls": {"defaultAction": "deny", "ipRules": [{"value": "203.0.113.0/24"}]}"#,
            mended: #""networkAcls": {"ipRules": [{"value": "127.0.0.0/8", "action": "Allow"}]}"#, status: 403,
            code: "AuthorizationFailure"),
        Rule(
            properties: #""supportsHttpsTrafficOnly": true"#, mended: #""supportsHttpsTrafficOnly": false"#,
            status: 400,
            code: "AccountRequiresHttps"),
        Rule(
            properties: #""provisioningState": "ResolvingDNS""#, mended: #""provisioningState": "Succeeded""#,
            status: 503,
            code: "ServerBusy"),
        Rule(
            properties: #""statusOfPrimary": "unavailable""#, mended: #""statusOfPrimary": "available""#, status: 503,
            code: "ServerBusy"),
        Rule(
            properties: #""failoverInProgress": true"#, mended: #""failoverInProgress": false"#, status: 503,
            code: "ServerBusy"),
        Rule(
            properties: #""accountMigrationInProgress": true"#, mended: #""accountMigrationInProgress": null"#,
            status: 503,
            code: "ServerBusy"),
        Rule(
            properties:
                #""encryption": {"keySource": "Microsoft.Keyvault", "keyvaultproperties": {"currentVersionedKeyExpirationTimestamp": "2020-01-01T00:00:00Z"}}"#,
            mended: #""encryption": {"keySource": "Microsoft.Storage"}"#, status: 403,
            code: "KeyVaultEncryptionKeyNotFound"),
    ]

    @Test("and count no longer once they are changed back", arguments: rules)
    func rule(_ rule: Rule) async throws {
        try await PlayedStage.run { stage in
            let token = try await stage.token("backup", for: PlayedStage.storage)
            #expect(try await stage.blob(rule.method, rule.target, token, body: [1]).status == 201)
            try await stage.change(rule.properties)
            let refused = try await stage.blob(rule.method, rule.target, token, body: [1])
            #expect((refused.status, refused.code) == (rule.status, rule.code))
            // The other account has its own.
            let other = try await stage.token("operator", for: PlayedStage.storage)
            #expect(try await stage.blob(.put, "/contosoarchive/box/blob", other, body: [1]).status == 201)
            try await stage.change(rule.mended)
            #expect(try await stage.blob(rule.method, rule.target, token, body: [1]).status == 201)
        }
    }

    @Test("the secondary goes on while the primary is out, and reading while it fails over")
    func secondary() async throws {
        try await PlayedStage.run { stage in
            let token = try await stage.token("backup", for: PlayedStage.storage)
            #expect(try await stage.blob(.put, "/contosobackups/box/a", token, body: [7]).status == 201)
            try await stage.change(#""statusOfPrimary": "unavailable""#)
            #expect(try await stage.blob(.get, "/contosobackups/box/a", token).status == 503)
            #expect(try await stage.blob(.get, "/contosobackups-secondary/box/a", token).body == [7])
            try await stage.change(#""statusOfPrimary": "available", "failoverInProgress": true"#)
            #expect(try await stage.blob(.get, "/contosobackups/box/a", token).body == [7])
            #expect(try await stage.blob(.delete, "/contosobackups/box/a", token).status == 503)
        }
    }

    @Test("keys and their signatures count only where shared keys are allowed")
    func sharedKeys() async throws {
        try await PlayedStage.run { stage in
            let management = try await stage.token(for: PlayedStage.management)
            let listed = try await stage.json(
                .post, PlayedStage.account() + "/listKeys?api-version=2023-05-01", management)
            let text = try #require(listed.text.split(separator: #""value":""#).dropFirst().first)
            let key = try SharedKey(account: "contosobackups", base64Key: String(text.prefix { $0 != "\"" }))
            func withKey() async throws -> HTTPResponse {
                let url = try #require(HTTPURL(stage.base + "/contosobackups/box?restype=container&comp=list"))
                var request = HTTPRequest(.get, url, fields: ["x-ms-version": "2023-11-03"])
                key.sign(&request, contentLength: 0, now: stage.clock.now)
                return try await stage.client.send(request)
            }
            func withSignature() async throws -> HTTPResponse {
                var fields = SASFields()
                for (name, value) in [
                    "sv": "2023-11-03", "sr": "c", "sp": "l", "st": "2025-06-15T00:00:00Z",
                    "se": "2025-06-16T00:00:00Z",
                ] { fields[name] = value }
                let resource = SASResource(account: "contosobackups", container: "box")
                let token = try #require(SASToken.signing(fields, for: resource, with: key)).reveal { $0.encoded }
                return try await stage.send(
                    .get, "/contosobackups/box?restype=container&comp=list&" + token, ["x-ms-version": "2023-11-03"])
            }
            #expect(try await withKey().status == 200)
            #expect(try await withSignature().status == 200)
            try await stage.change(#""sasPolicy": {"sasExpirationPeriod": "0.12:00:00", "expirationAction": "Block"}"#)
            #expect(try await withSignature().status == 403)
            try await stage.change(#""sasPolicy": {"sasExpirationPeriod": "2.00:00:00"}"#)
            #expect(try await withSignature().status == 200)
            try await stage.change(#""allowSharedKeyAccess": false"#)
            #expect(try await withKey().code == "KeyBasedAuthenticationNotPermitted")
            #expect(try await withSignature().code == "KeyBasedAuthenticationNotPermitted")
            try await stage.change(#""allowSharedKeyAccess": true"#)
            #expect(try await withKey().status == 200)
            let renewed = try await stage.json(
                .post, PlayedStage.account() + "/regenerateKey?api-version=2023-05-01", management,
                #"{"keyName": "key1"}"#)
            #expect(renewed.status == 200)
            #expect(try await withKey().status == 403)
        }
    }

    @Test("containers are open to everybody only where the account allows it")
    func publicAccess() async throws {
        try await PlayedStage.run { stage in
            let management = try await stage.token(for: PlayedStage.management)
            let token = try await stage.token("operator", for: PlayedStage.storage)
            _ = try await stage.blob(.put, "/contosobackups/box/a", token, body: [5])
            let container = PlayedStage.account() + "/blobServices/default/containers/box?api-version=2023-05-01"
            let open = #"{"properties": {"publicAccess": "Blob"}}"#
            #expect(try await stage.json(.patch, container, management, open).code == "PublicAccessNotPermitted")
            try await stage.change(#""allowBlobPublicAccess": true"#)
            #expect(try await stage.json(.patch, container, management, open).status == 200)
            #expect(try await stage.send(.get, "/contosobackups/box/a").body == [5])
            try await stage.change(#""allowBlobPublicAccess": false"#)
            let closed = try await stage.send(.get, "/contosobackups/box/a")
            #expect((closed.status, closed.code) == (409, "PublicAccessNotPermitted"))
        }
    }

    @Test("what a legal hold or an immutability policy protects stays as it is")
    func immutability() async throws {
        try await PlayedStage.run { stage in
            let management = try await stage.token(for: PlayedStage.management)
            let token = try await stage.token("backup", for: PlayedStage.storage)
            let container = PlayedStage.account() + "/blobServices/default/containers/box"
            let (version, blob) = ("?api-version=2023-05-01", "/contosobackups/box/a")
            #expect(try await stage.blob(.put, blob, token, body: [1]).status == 201)
            func expectProtected() async throws {
                for (method, target) in [(HTTPMethod.put, blob), (.delete, blob), (.put, blob + "?comp=metadata")] {
                    let answer = try await stage.blob(method, target, token)
                    #expect((answer.status, answer.code) == (409, "BlobImmutableDueToPolicy"), "\(method) \(target)")
                }
            }
            _ = try await stage.json(
                .post, container + "/setLegalHold" + version, management, #"{"tags": ["case1"]}"#)
            try await expectProtected()
            let properties = try await stage.blob(.get, "/contosobackups/box?restype=container", token)
            #expect(properties.fields["x-ms-has-legal-hold"] == "true")
            #expect(try await stage.blob(.put, "/contosobackups/box/new", token, body: [1]).status == 201)
            #expect(try await stage.blob(.delete, "/contosobackups/box?restype=container", token).status == 409)
            _ = try await stage.json(
                .post, container + "/clearLegalHold" + version, management, #"{"tags": ["case1"]}"#)
            #expect(try await stage.blob(.put, blob, token, body: [2]).status == 201)

            let policy = container + "/immutabilityPolicies/default"
            let days = #"{"properties": {"immutabilityPeriodSinceCreationInDays": 2}}"#
            #expect(try await stage.json(.put, policy + version, management, days).status == 200)
            try await expectProtected()
            #expect(try await stage.json(.post, policy + "/lock" + version, management).status == 200)
            let shorter = #"{"properties": {"immutabilityPeriodSinceCreationInDays": 1}}"#
            #expect(try await stage.json(.put, policy + version, management, shorter).status == 409)
            #expect(try await stage.json(.delete, policy + version, management).status == 409)
            stage.clock.pass(2 * 86_400 + 1)
            let later = try await stage.token("backup", for: PlayedStage.storage)
            #expect(try await stage.blob(.put, blob, later, body: [3]).status == 409)
            #expect(try await stage.blob(.delete, blob, later).status == 202)
        }
    }

    @Test("tiers and tags that an account does not have are refused")
    func features() async throws {
        try await PlayedStage.run { stage in
            let token = try await stage.token("operator", for: PlayedStage.storage)
            let management = try await stage.token(for: PlayedStage.management)
            let path = PlayedStage.account() + "?api-version=2023-05-01"
            var count = 0
            func put(_ fields: HTTPFields) async throws -> String {
                count += 1
                var fields = fields
                fields["x-ms-blob-type"] = "BlockBlob"
                let answer = try await stage.blob(.put, "/contosobackups/box/\(count)", token, fields, body: [1])
                return answer.status == 201 ? "made" : answer.code
            }
            #expect(try await put(["x-ms-access-tier": "Archive"]) == "made")
            _ = try await stage.json(.patch, path, management, #"{"sku": {"name": "Standard_ZRS"}}"#)
            #expect(try await put(["x-ms-access-tier": "Archive"]) == "InvalidBlobTier")
            #expect(try await put(["x-ms-access-tier": "Cold"]) == "made")
            _ = try await stage.json(.patch, path, management, #"{"kind": "BlockBlobStorage"}"#)
            #expect(try await put(["x-ms-access-tier": "Cold"]) == "InvalidHeaderValue")
            try await stage.change(#""isHnsEnabled": true"#)
            #expect(
                try await put(["x-ms-tags": "a=b"])
                    == "FeatureNotYetSupportedForHierarchicalNamespaceAccounts")
            _ = try await stage.json(.patch, path, management, #"{"kind": "FileStorage"}"#)
            #expect(try await put([:]) == "ResourceNotFound")
        }
    }
}
