import AzureIdentity
import CryptoDigests
import Diagnostics
import FoundationEssentials
import HTTPMessages
import MarkupXML
import TestSupport
import Testing

@Suite("User delegation on the stage")
struct DelegationTests {
    private static let start = "2025-06-15T15:00:00Z"
    private static let end = "2025-06-16T15:00:00Z"

    /// A key that somebody was given, with what its signatures repeat.
    private struct DelegationKey {
        let fields: [String: String]
        let key: SharedKey

        func sign(
            _ permissions: String, version: String = "2023-11-03", resource: String = "c", container: String = "box",
            blob: String? = nil, _ more: [String: String] = [:]
        ) throws -> String {
            var fields = SASFields()
            let own = ["sv": version, "sr": resource, "sp": permissions, "st": start, "se": end]
            for (name, value) in own.merging(self.fields, uniquingKeysWith: { $1 }).merging(
                more, uniquingKeysWith: { $1 })
            {
                fields[name] = value
            }
            let place = SASResource(account: "contosobackups", container: container, blob: blob)
            return try #require(SASToken.signing(fields, for: place, with: key)).reveal { $0.encoded }
        }
    }

    private static func ask(
        _ stage: PlayedStage, as name: String = "backup", body: String? = nil
    ) async throws -> HTTPResponse {
        try await stage.blob(
            .post, "/contosobackups/?restype=service&comp=userdelegationkey",
            try await stage.token(name, for: PlayedStage.storage),
            body: Array((body ?? "<KeyInfo><Start>\(start)</Start><Expiry>\(end)</Expiry></KeyInfo>").utf8))
    }

    private static func key(_ stage: PlayedStage, as name: String = "backup", body: String? = nil) async throws
        -> DelegationKey
    {
        let answer = try await ask(stage, as: name, body: body)
        try #require(answer.status == 200, "\(answer.text)")
        let document = try XMLReader.read(answer.body)
        var fields: [String: String] = [:]
        for (element, field) in [
            "SignedOid": "skoid", "SignedTid": "sktid", "SignedStart": "skt", "SignedExpiry": "ske",
            "SignedService": "sks", "SignedVersion": "skv", "SignedDelegatedUserTid": "skdutid",
        ] { fields[field] = document.text(of: element) }
        let value = try #require(document.text(of: "Value"))
        return DelegationKey(fields: fields, key: try SharedKey(account: "contosobackups", base64Key: value))
    }

    private static let list = "/contosobackups/box?restype=container&comp=list&"

    @Test(
        "a signature of each version is taken",
        arguments: [
            "2018-11-09", "2019-12-12", "2020-02-10", "2020-10-02", "2020-12-06", "2023-11-03", "2025-07-05",
            "2026-04-06", "2026-10-06",
        ])
    func versions(version: String) async throws {
        try await PlayedStage.run { stage in
            let key = try await Self.key(stage)
            let signed = try key.sign("rl", version: version)
            #expect(try await stage.send(.get, Self.list + signed).status == 200)
            let forged = signed.replacing("sp=rl", with: "sp=racwdl")
            #expect(try await stage.send(.get, Self.list + forged).status == 403)
        }
    }

    @Test("a signature allows no more than it says, and no more than its maker may do now")
    func rights() async throws {
        try await PlayedStage.run { stage in
            let (backup, reader) = (try await Self.key(stage), try await Self.key(stage, as: "reader"))
            func put(_ token: String) async throws -> HTTPResponse {
                try await stage.send(
                    .put, "/contosobackups/box/a?" + token,
                    ["x-ms-blob-type": "BlockBlob", "x-ms-version": "2023-11-03"],
                    body: [1])
            }
            #expect(try await put(try backup.sign("w")).status == 201)
            #expect(try await put(try backup.sign("r")).code == "AuthorizationPermissionMismatch")
            #expect(try await put(try reader.sign("w")).code == "AuthorizationPermissionMismatch")
            #expect(try await put(try backup.sign("c")).code == "UnauthorizedBlobOverwrite")
            let blob = try reader.sign("r", resource: "b", blob: "a")
            #expect(try await stage.send(.get, "/contosobackups/box/a?" + blob).body == [1])
            #expect(try await stage.send(.get, "/contosobackups/box/b?" + blob).status == 403)

            // The role is asked for with each request.
            let management = try await stage.token(for: PlayedStage.management)
            let scope = PlayedStage.account() + "/providers/Microsoft.Authorization/roleAssignments"
            let found = try await stage.json(
                .get, scope + "?api-version=2022-04-01&$filter=principalId%20eq%20'\(PlayedStage.principal("backup"))'",
                management)
            for id in found.text.split(separator: #""id":""#).dropFirst().map({ $0.prefix { $0 != "\"" } }) {
                _ = try await stage.json(.delete, id + "?api-version=2022-04-01", management)
            }
            #expect(try await put(try backup.sign("w")).code == "AuthorizationPermissionMismatch")
        }
    }

    @Test("goes on where shared keys count for nothing")
    func withoutKeys() async throws {
        try await PlayedStage.run { stage in
            let key = try await Self.key(stage)
            try await stage.change(#""allowSharedKeyAccess": false"#)
            #expect(try await stage.send(.get, Self.list + key.sign("l")).status == 200)
        }
    }

    @Test("ends with its key, with its own time, and when all keys are revoked")
    func ends() async throws {
        try await PlayedStage.run { stage in
            let key = try await Self.key(stage)
            let signed = try key.sign("l", ["se": "2025-07-01T00:00:00Z"])
            #expect(try await stage.send(.get, Self.list + signed).status == 200)
            let revoked = try await stage.json(
                .post, PlayedStage.account() + "/revokeUserDelegationKeys?api-version=2023-05-01",
                try await stage.token(for: PlayedStage.management))
            #expect(revoked.status == 200)
            #expect(try await stage.send(.get, Self.list + signed).code == "AuthenticationFailed")
            let other = try await Self.key(stage).sign("l", ["se": "2025-07-01T00:00:00Z"])
            #expect(try await stage.send(.get, Self.list + other).status == 200)
            stage.clock.pass(86_400)
            #expect(try await stage.send(.get, Self.list + other).code == "AuthenticationFailed")
        }
    }

    @Test("keys are for those with a role, and for seven days at most")
    func keys() async throws {
        try await PlayedStage.run { stage in
            let nobody = try await Self.ask(stage, as: "nobody")
            #expect((nobody.status, nobody.code) == (403, "AuthorizationPermissionMismatch"))
            for bad in [
                "", "<KeyInfo/>", "<KeyInfo><Expiry>soon</Expiry></KeyInfo>", "<Other/>", "<KeyInfo>",
                "<KeyInfo><Start>\(Self.end)</Start><Expiry>\(Self.start)</Expiry></KeyInfo>",
                "<KeyInfo><Expiry>2025-06-30T00:00:00Z</Expiry></KeyInfo>",
                "<KeyInfo><Expiry>2025-06-01T00:00:00Z</Expiry></KeyInfo>", String(repeating: "x", count: 5000),
            ] {
                let answer = try await Self.ask(stage, body: bad)
                #expect([400, 411, 413].contains(answer.status), "\(bad.prefix(80)): \(answer.status)")
            }
            let anonymous = try await stage.send(
                .post, "/contosobackups/?restype=service&comp=userdelegationkey", ["x-ms-version": "2023-11-03"])
            #expect(anonymous.status == 401)
        }
    }

    @Test("a signature that claims another maker, tenant or time is none")
    func claims() async throws {
        try await PlayedStage.run { stage in
            let key = try await Self.key(stage, as: "reader")
            for (name, value) in [
                ("skoid", PlayedStage.principal("operator")), ("sktid", PlayedStage.fabrikam),
                ("ske", "2025-06-20T00:00:00Z"), ("skt", "2025-06-01T00:00:00Z"), ("sks", "q"), ("skv", "2022-11-02"),
                ("ske", "never"), ("srh", "x-ms-date"),
            ] {
                let signed = try key.sign("l", version: "2026-04-06", [name: value])
                #expect(try await stage.send(.get, Self.list + signed).status == 403, "\(name)=\(value)")
            }
        }
    }

    @Test("a signature that is bound to somebody needs that somebody's token")
    func bound() async throws {
        try await PlayedStage.run { stage in
            let key = try await Self.key(
                stage,
                body:
                    "<KeyInfo><Expiry>\(Self.end)</Expiry><DelegatedUserTid>\(PlayedStage.fabrikam)</DelegatedUserTid></KeyInfo>"
            )
            let signed = try key.sign(
                "l", version: "2025-07-05", ["sduoid": PlayedStage.principal("nobody", of: PlayedStage.fabrikam)])
            let theirs = try await stage.token("nobody", of: PlayedStage.fabrikam, for: PlayedStage.storage)
            #expect(try await stage.blob(.get, Self.list + signed).status == 404)
            #expect(try await stage.blob(.get, Self.list + signed, theirs).status == 401)
            try await stage.change(#""allowCrossTenantDelegationSas": true"#)
            #expect(try await stage.blob(.get, Self.list + signed, theirs).status == 200)
            let other = try await stage.token("reader", of: PlayedStage.fabrikam, for: PlayedStage.storage)
            #expect(try await stage.blob(.get, Self.list + signed, other).status == 403)
        }
    }
}
