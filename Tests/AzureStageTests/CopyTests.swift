import HTTPMessages
import TestSupport
import Testing

@Suite("Copies between accounts of the stage")
struct CopyTests {
    /// A way to copy from an URL.
    enum Way: String, CaseIterable, Sendable {
        case putBlob, putBlock, copyNow
    }

    /// Copies `box/a` of an account into another, the source authorised by a token.
    private static func copy(
        _ way: Way, _ stage: PlayedStage, from source: String, with sourceToken: String?, to target: String,
        _ token: String
    ) async throws -> HTTPResponse {
        var fields: HTTPFields = ["x-ms-copy-source": "\(stage.base)/\(source)/box/a"]
        fields["x-ms-copy-source-authorization"] = sourceToken.map { "Bearer \($0)" }
        var query = ""
        switch way {
        case .putBlob: fields["x-ms-blob-type"] = "BlockBlob"
        case .putBlock: query = "?comp=block&blockid=AAAA"
        case .copyNow:
            fields["x-ms-requires-sync"] = "true"
            query = "?timeout=30"
        }
        return try await stage.blob(.put, "/\(target)/box/copy\(query)", token, fields)
    }

    @Test("go from tenant to tenant with a token for each side", arguments: Way.allCases)
    func tenants(_ way: Way) async throws {
        try await PlayedStage.run { stage in
            let ours = try await stage.token(for: PlayedStage.storage)
            let theirs = try await stage.token(of: PlayedStage.fabrikam, for: PlayedStage.storage)
            #expect(try await stage.blob(.put, "/contosobackups/box/a", ours, body: [9]).status == 201)
            let done = try await Self.copy(
                way, stage, from: "contosobackups", with: ours, to: "fabrikambackups", theirs)
            #expect(done.isSuccess, "\(done.text)")
            for token in [theirs, nil, "x.y.z"] {
                let refused = try await Self.copy(
                    way, stage, from: "contosobackups", with: token, to: "fabrikambackups", theirs)
                #expect(refused.code == "CannotVerifyCopySource")
                #expect([403, 404].contains(refused.status), "\(refused.status)")
            }
        }
    }

    @Test("come only from where the owner of the destination allows", arguments: Way.allCases)
    func scope(_ way: Way) async throws {
        try await PlayedStage.run { stage in
            let ours = try await stage.token(for: PlayedStage.storage)
            let theirs = try await stage.token(of: PlayedStage.fabrikam, for: PlayedStage.storage)
            for (account, token) in [("contosoarchive", ours), ("contosobackups", ours), ("fabrikambackups", theirs)] {
                #expect(try await stage.blob(.put, "/\(account)/box/a", token, body: [9]).status == 201)
            }
            func from(_ source: String, _ token: String) async throws -> Int {
                let answer = try await Self.copy(way, stage, from: source, with: token, to: "contosobackups", ours)
                #expect(answer.isSuccess || answer.code == "CannotVerifyCopySource")
                return answer.isSuccess ? 200 : answer.status
            }
            #expect(try await from("fabrikambackups", theirs) == 200)
            try await stage.change(#""allowedCopyScope": "AAD""#)
            #expect(try await from("fabrikambackups", theirs) == 403)
            #expect(try await from("contosoarchive", ours) == 200)
            try await stage.change(#""allowedCopyScope": "PrivateLink""#)
            #expect(try await from("contosoarchive", ours) == 403)
            #expect(try await from("contosobackups", ours) == 200)
            try await stage.change(#""allowedCopyScope": null"#)
            #expect(try await from("fabrikambackups", theirs) == 200)
        }
    }

    @Test("are refused where the source's firewall does not let the caller in")
    func firewall() async throws {
        try await PlayedStage.run { stage in
            let ours = try await stage.token(for: PlayedStage.storage)
            let theirs = try await stage.token(of: PlayedStage.fabrikam, for: PlayedStage.storage)
            _ = try await stage.blob(.put, "/contosobackups/box/a", ours, body: [9])
            try await stage.change(#""networkAcls": {"defaultAction": "Deny"}"#)
            let refused = try await Self.copy(
                .putBlob, stage, from: "contosobackups", with: ours, to: "fabrikambackups", theirs)
            #expect((refused.status, refused.code) == (403, "CannotVerifyCopySource"))
            #expect(refused.fields["x-ms-copy-source-error-code"] == "AuthorizationFailure")
        }
    }

    @Test("within an account need no more than the token of the request")
    func within() async throws {
        try await PlayedStage.run { stage in
            let token = try await stage.token("backup", for: PlayedStage.storage)
            _ = try await stage.blob(.put, "/contosobackups/box/a", token, body: [9])
            let answer = try await stage.blob(
                .put, "/contosobackups/box/b?timeout=30", token,
                ["x-ms-copy-source": "\(stage.base)/contosobackups/box/a"])
            #expect(answer.status == 202, "\(answer.text)")
            #expect(try await stage.blob(.get, "/contosobackups/box/b", token).body == [9])
        }
    }
}
