import AzureStage
import BlobServer
import BlobStorage
import CryptoDigests
import Diagnostics
import FoundationEssentials
import HTTPMessages
import SystemCalls

@testable import HTTPListener

extension FuzzTarget {
    /// Requests to a stage: those of `K` show a token for the resource manager, of `L` for vaults, of `S` for blobs.
    func checkStage(_ input: [UInt8]) async throws {
        let scripts = ScriptedRequest.all(of: input)
        guard !scripts.isEmpty else { return }
        let stage = try await FuzzedStage()
        for script in scripts { try await check(script, stage) }
    }

    private func check(_ script: ScriptedRequest, _ stage: FuzzedStage) async throws {
        guard case .success(let length) = script.head.judge(limit: FuzzedServer.largestHead, target: script.target)
        else { return }
        var fields = script.head.fields
        let token =
            switch script.credential {
            case .key: try await stage.token(for: "https://management.azure.com")
            case .keyLite: try await stage.token(for: "https://vault.azure.net")
            case .token: try await stage.token(for: "https://storage.azure.com")
            case .none: ""
            }
        if !token.isEmpty { fields["Authorization"] = "Bearer \(token)" }
        let request = FuzzedServer.request(script.method, script.target, fields, length: length)
        let reply = await stage.answer(request, body: script.body)
        for field in reply.fields.all {
            try promise(field.value.isFieldValue, "\(field.name) cannot be sent: \(field.value.debugDescription)")
        }
        try promise((200..<600).contains(reply.status), "the status is \(reply.status)")
        try promise(reply.status != 500, "a request makes the stage fail")
        guard AzureStage.serves(request) else { return }
        if case .bytes(let bytes) = reply.body {
            let isJSON = (try? JSONDecoder().decode(AnyDocument.self, from: Data(bytes))) != nil
            try promise(isJSON, "an answer is no JSON: \(String(decoding: bytes, as: UTF8.self))")
        }
        let path = script.target.lowercased()
        if script.credential == .none, path.hasPrefix("/subscriptions") || path.hasPrefix("/vaults") {
            try promise(reply.status >= 400, "a request without a token is answered \(reply.status)")
        }
        let log = stage.log
        try promise(token.isEmpty || !log.contains(token), "a token is in the log")
        try promise(
            !log.contains("stage-secret-of") && !log.contains("stage-password"), "a secret is in the log: \(log)")
    }
}

/// Any JSON.
private struct AnyDocument: Decodable {
    init(from decoder: any Decoder) throws { _ = try decoder.singleValueContainer() }
}

/// The example's stage with a blob server over accounts in memory, made anew for every input.
private struct FuzzedStage: Sendable {
    private static let key = Result { try RSAPrivateKey.generate() }

    private let stage: AzureStage
    private let server: BlobServer
    private let lines = Monitor("")

    init() async throws {
        let log = Log { [lines] entry in
            let text = entry.metadata.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
            lines.update { $0 += "\(entry.message) \(text)\n" }
        }
        let writes = Monitor<UInt64>(0)
        let random: @Sendable () -> UInt64 = {
            writes.update { number in
                number += 0x9E37_79B9_7F4A_7C15 & 0xFFFF_FFFF
                return number
            }
        }
        stage = try AzureStage(
            .example, key: Self.key.get(), log: log, clock: { FuzzedServer.now }, random: random)
        var published: [String: PublishedAccount] = [:]
        for name in stage.accountNames {
            let account = MemoryAccount(clock: { FuzzedServer.now }, random: random)
            _ = try await account.create(ContainerName("box"), metadata: [:])
            stage.attach(account, as: name)
            published[name] = PublishedAccount(account, policy: stage.policy(of: name))
        }
        server = BlobServer(accounts: published, log: log, clock: { FuzzedServer.now }, random: random)
    }

    /// What the log says so far.
    var log: String { lines.update { $0 } }

    /// The operator's.
    func token(for resource: String) async throws -> String {
        let form =
            "grant_type=client_credentials&client_id=11111111-000a-4000-8000-000000000010"
            + "&client_secret=stage-secret-of-contoso-operator&resource=\(resource)"
        let request = FuzzedServer.request(
            "POST", "/contoso.example/oauth2/token", [:], length: .known(form.utf8.count))
        guard case .bytes(let bytes) = await answer(request, body: Array(form.utf8)).body else { return "" }
        struct Answer: Decodable { let access_token: String }
        return (try? JSONDecoder().decode(Answer.self, from: Data(bytes)).access_token) ?? ""
    }

    func answer(_ request: ListenerRequest, body bytes: [UInt8]) async -> Reply {
        var body = RequestBody(bytes, length: request.length)
        let reply =
            AzureStage.serves(request)
            ? await stage.respond(to: request, body: &body) : await server.respond(to: request, body: &body)
        reply.onEnd?(Reply.End(bytes: 0, received: bytes.count, isComplete: true))
        return reply
    }
}
