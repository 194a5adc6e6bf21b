import AzureIdentity
import BlobServer
import BlobStorage
import ByteStreams
import Diagnostics
import DirectoryStore
import HTTPListener
import HTTPMessages
import TestSupport
import Testing

extension TestService {
    static func emptyAccount() -> MemoryAccount { MemoryAccount(clock: { now }, random: { 1 }) }

    /// Runs `body` against a server over a directory, with an empty container `box`.
    static func runOnDirectory(
        allowsPublicAccess: Bool = false, clock: ServiceClock = ServiceClock(now),
        _ body: (TestService) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory(inMemory: true) { path in
            try await withResource {
                try await DirectoryAccount.open(
                    path: path, access: .exclusive, clock: { clock.now }, random: { .random(in: .min ... .max) })
            } release: { account in
                try await account.close()
            } body: { account in
                _ = try await account.create(ContainerName("box"), metadata: ["made": "here"])
                let key = try SharedKey.emulator()
                let published = PublishedAccount(account, keys: [key], allowsPublicAccess: allowsPublicAccess)
                let server = BlobServer(
                    accounts: [key.account: published], log: .silent, clock: { clock.now },
                    random: { .random(in: .min ... .max) })
                try await withHTTPListener(
                    host: "127.0.0.1", port: 0, limits: ListenerLimits(drain: .seconds(5)),
                    handler: { await server.respond(to: $0, body: &$1) },
                    body: { try await body(TestService(port: $0.port, account: account, key: key)) })
            }
        }
    }

    /// Does something with the lease of a blob or container.
    func lease(_ target: String, _ action: String, _ fields: HTTPFields = [:]) async throws -> HTTPResponse {
        var fields = fields
        fields["x-ms-lease-action"] = action
        let mark = target.contains("?") ? "&" : "?"
        return try await send(.put, "\(target)\(mark)comp=lease", fields)
    }

    /// Sends a request without any credential.
    func sendPlain(_ method: HTTPMethod, _ target: String) async throws -> HTTPResponse {
        let url = try #require(HTTPURL("http://127.0.0.1:\(port)\(Self.path)\(target)"))
        return try await send(plain: HTTPRequest(method, url))
    }
}
