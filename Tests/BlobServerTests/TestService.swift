import AzureIdentity
import BlobServer
import BlobStorage
import ByteStreams
import CryptoDigests
import Diagnostics
import FoundationEssentials
import HTTPListener
import HTTPMessages
import MarkupXML
import Synchronization
import TestSupport
import Testing

/// A server over an account in memory, and a client that signs but does nothing else for its user.
struct TestService: Sendable {
    static let now = Date(timeIntervalSince1970: 1_710_495_000)  // 2024-03-15 09:30:00
    static let path = "/devstoreaccount1"

    let port: Int
    let account: any BlobAccount
    let key: SharedKey

    /// Runs `body` against a server with an empty container `box`.
    static func run(
        log: Log = .silent, identity: TLSIdentity? = nil, faults: ServerFaultPlan? = nil,
        clock: TestClock = TestClock(), keepsBytes: Bool = true, _ body: (TestService) async throws -> Void
    ) async throws {
        let account = MemoryAccount(
            clock: { now }, random: { .random(in: .min ... .max) }, keepsBytes: keepsBytes)
        _ = try await account.create(ContainerName("box"), metadata: ["made": "here"])
        try await run(account, log: log, identity: identity, faults: faults, clock: clock) {
            try await body(TestService(port: $0, account: account, key: $1))
        }
    }

    static func run(
        _ account: any BlobAccount, log: Log = .silent, identity: TLSIdentity? = nil, faults: ServerFaultPlan? = nil,
        clock: TestClock = TestClock(), _ body: (Int, SharedKey) async throws -> Void
    ) async throws {
        let key = try SharedKey.emulator()
        // The second of two keys is as good as the first.
        let other = try SharedKey(account: key.account, base64Key: "b3RoZXI=")
        let server = BlobServer(
            accounts: [key.account: PublishedAccount(account, keys: [other, key])], log: log, clock: { now },
            random: { .random(in: .min ... .max) })
        let faulty = faults.map { FaultyServer(server, plan: $0, clock: clock) }
        try await withHTTPListener(
            host: "127.0.0.1", port: 0, limits: ListenerLimits(drain: .seconds(5)), identity: identity,
            handler: { request, body in
                guard let faulty else { return await server.respond(to: request, body: &body) }
                return await faulty.respond(to: request, body: &body)
            },
            body: { try await body($0.port, key) })
    }

    var box: any BlobStore {
        get throws { account.store(of: try ContainerName("box")) }
    }

    /// Sends a signed request on a connection of its own.
    ///
    /// - Parameter target: Behind the account's name, such as `/box/a?comp=block`.
    func send(
        _ method: HTTPMethod, _ target: String, _ fields: HTTPFields = [:], body: [UInt8] = []
    ) async throws -> HTTPResponse {
        let url = try #require(HTTPURL("http://127.0.0.1:\(port)\(Self.path)\(target)"))
        var request = HTTPRequest(method, url, fields: fields)
        if request.fields["x-ms-version"] == nil { request.fields["x-ms-version"] = "2021-12-02" }
        if method == .put, request.fields["Content-Length"] == nil {
            request.fields["Content-Length"] = "\(body.count)"
        }
        key.sign(&request, contentLength: body.count, now: Self.now)
        return try await send(plain: request, body: body)
    }

    /// Sends a request as it is.
    func send(plain request: HTTPRequest, body: [UInt8] = []) async throws -> HTTPResponse {
        let connection = try RawConnection(port: port)
        var head = "\(request.method.rawValue) \(request.url.target) HTTP/1.1\r\n"
        if request.fields["Host"] == nil { head += "Host: \(request.url.authority)\r\n" }
        for field in request.fields.all { head += "\(field.name): \(field.value)\r\n" }
        try await connection.send(Array((head + "\r\n").utf8) + body)
        return try await connection.response(hasBody: request.method != .head)
    }

    /// Puts a small blob.
    @discardableResult
    func put(_ name: String, _ text: String, _ fields: HTTPFields = [:]) async throws -> HTTPResponse {
        var fields = fields
        fields["x-ms-blob-type"] = "BlockBlob"
        return try await send(.put, "/box/\(name)", fields, body: Array(text.utf8))
    }
}

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
    /// What `x-ms-error-code` says, or an empty text.
    var code: String { fields["x-ms-error-code"] ?? "" }
    /// The document of the answer, which begins with a byte order mark.
    var document: XMLElement {
        get throws {
            #expect(body.starts(with: [0xEF, 0xBB, 0xBF]))
            return try XMLReader.read(body)
        }
    }
}

func base64(_ text: String) -> String { Base64.encode(Array(text.utf8)) }

/// Expects a failure, and that its document agrees with its header.
func expect(
    _ answer: HTTPResponse, _ status: Int, _ code: String, _ location: SourceLocation = #_sourceLocation
) throws {
    #expect(answer.status == status, sourceLocation: location)
    #expect(answer.code == code, sourceLocation: location)
    guard !answer.body.isEmpty else { return }
    let document = try answer.document
    #expect(document.text(of: "Code") == code, sourceLocation: location)
    let lines = document.text(of: "Message")?.split(separator: "\n") ?? []
    #expect(lines.count == 3, sourceLocation: location)
    #expect(lines.dropFirst().first == "RequestId:\(answer.fields["x-ms-request-id"] ?? "")", sourceLocation: location)
    #expect(lines.last == "Time:2024-03-15T09:30:00.0000000Z", sourceLocation: location)
}
