import AzureIdentity
import BlobServer
import BlobStorage
import ByteStreams
import Diagnostics
import DirectoryStore
import FoundationEssentials
import HTTPListener
import HTTPMessages
import HTTPTransport
import TestSupport
import Testing

/// A server with two accounts in directories, whose clients can copy.
struct CopyService: Sendable {
    /// With the emulator's account, which has a container `box`.
    let client: TestService
    let copies: BlobCopies
    /// The other account, which has a container `box`, too.
    let other: any BlobStore
    private let otherKey: SharedKey

    /// - Parameter outside: True if sources of other servers may be read.
    static func run(outside: Bool = true, _ body: (CopyService) async throws -> Void) async throws {
        let patience = BlobCopies.Patience(piece: .seconds(20), pauses: [.milliseconds(1)])
        let copies = BlobCopies(outside: outside ? CurlClient(width: 16) : nil, patience: patience)
        let key = try SharedKey.emulator()
        let otherKey = try SharedKey(account: "other", base64Key: "b3RoZXI=")
        try await withAccount { account in
            try await withAccount { other in
                let server = BlobServer(
                    accounts: [
                        key.account: PublishedAccount(account, keys: [key], allowsPublicAccess: true),
                        "other": PublishedAccount(other, keys: [otherKey], allowsPublicAccess: true),
                    ], log: .silent, clock: { TestService.now }, random: { .random(in: .min ... .max) }, copies: copies)
                try await copies.run {
                    try await withHTTPListener(
                        host: "127.0.0.1", port: 0, limits: ListenerLimits(drain: .seconds(5)),
                        handler: { await server.respond(to: $0, body: &$1) },
                        body: {
                            try await body(
                                CopyService(
                                    client: TestService(port: $0.port, account: account, key: key), copies: copies,
                                    other: other.store(of: ContainerName("box")), otherKey: otherKey))
                        })
                }
            }
        }
    }

    private static func withAccount(_ body: (DirectoryAccount) async throws -> Void) async throws {
        try await withTemporaryDirectory(inMemory: true) { path in
            try await withResource {
                try await DirectoryAccount.open(
                    path: path, access: .exclusive, clock: { TestService.now }, random: { .random(in: .min ... .max) })
            } release: { account in
                try await account.close()
            } body: { account in
                _ = try await account.create(ContainerName("box"), metadata: [:])
                try await body(account)
            }
        }
    }

    var box: any BlobStore { get throws { client.account.store(of: try ContainerName("box")) } }

    /// The URL of a blob of the emulator's account, by name only.
    func url(_ name: String) -> String { "http://127.0.0.1:\(client.port)\(TestService.path)/box/\(name)" }

    /// The URL of a blob of the other account, with a token.
    func otherURL(_ name: String, permissions: String = "r") throws -> String {
        "http://127.0.0.1:\(client.port)/other/box/\(name)?" + (try Self.token(name, otherKey, permissions))
    }

    func signedURL(_ name: String, permissions: String = "r") throws -> String {
        url(name) + "?" + (try Self.token(name, client.key, permissions))
    }

    static func token(_ name: String, _ key: SharedKey, _ permissions: String) throws -> String {
        var fields = SASFields()
        for (name, value) in ["sv": "2021-12-02", "sr": "b", "sp": permissions, "se": "2999-01-01"] {
            fields[name] = value
        }
        let resource = SASResource(account: key.account, container: "box", blob: name, snapshot: "")
        return try #require(SASToken.signing(fields, for: resource, with: key)).reveal { $0.encoded }
    }

    // MARK: - The operations

    func copy(_ source: String, to name: String, _ fields: HTTPFields = [:]) async throws -> HTTPResponse {
        try await write("/box/\(name)", source, fields)
    }

    func copyNow(_ source: String, to name: String, _ fields: HTTPFields = [:]) async throws -> HTTPResponse {
        var fields = fields
        fields["x-ms-requires-sync"] = "true"
        return try await write("/box/\(name)", source, fields)
    }

    func putBlob(_ name: String, from source: String, _ fields: HTTPFields = [:]) async throws -> HTTPResponse {
        var fields = fields
        fields["x-ms-blob-type"] = "BlockBlob"
        return try await write("/box/\(name)", source, fields)
    }

    func putBlock(_ name: String, from source: String, _ fields: HTTPFields = [:]) async throws -> HTTPResponse {
        try await write("/box/\(name)?comp=block&blockid=AAAA", source, fields)
    }

    private func write(_ target: String, _ source: String, _ fields: HTTPFields) async throws -> HTTPResponse {
        var fields = fields
        fields["x-ms-copy-source"] = source
        return try await client.send(.put, target, fields)
    }

    // MARK: - What has become of it

    func head(_ name: String) async throws -> HTTPResponse { try await client.send(.head, "/box/\(name)") }

    func bytes(_ name: String) async throws -> [UInt8] { try await client.send(.get, "/box/\(name)").body }

    /// The blob's properties as soon as its copy is no longer pending.
    func settled(_ name: String) async throws -> HTTPResponse {
        while true {
            let found = try await head(name)
            try #require(found.status == 200)
            if found.fields["x-ms-copy-status"] != "pending" { return found }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Makes a blob of the other account and answers its bytes: two pieces, so that there is a middle.
    func makeOther(_ name: String = "source", attributes: BlobAttributes = BlobAttributes()) async throws -> [UInt8] {
        let bytes = PlainSource.bytes
        _ = try await other.put(bytes.span, to: BlobName(name), attributes: attributes, if: .always)
        return bytes
    }
}
