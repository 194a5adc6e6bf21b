import AzureIdentity
import BlobServer
import BlobStorage
import Diagnostics
import FoundationEssentials
import HTTPMessages
import SystemCalls

@testable import HTTPListener

/// A server over an account in memory with one blob, made anew for every input.
struct FuzzedServer: Sendable {
    static let account = "fuzz"
    static let now = Date(timeIntervalSince1970: 1_710_495_000)  // 2024-03-15 09:30:00
    /// The head that the listener lets pass, in bytes.
    static let largestHead = 32 << 10

    let key: SharedKey
    let store: any BlobStore
    private let server: BlobServer
    private let lines = Monitor("")

    /// - Parameter content: That of the blob `a` in the container `box`.
    init(_ content: [UInt8]) async throws {
        let writes = Monitor<UInt64>(0)
        let random: @Sendable () -> UInt64 = {
            writes.update { number in
                number += 0x9E37_79B9_7F4A_7C15 & 0xFFFF_FFFF
                return number
            }
        }
        let account = MemoryAccount(clock: { Self.now }, random: random)
        let box = try ContainerName("box")
        _ = try await account.create(box, metadata: ["made": "here"])
        store = account.store(of: box)
        _ = try await store.put(content.span, to: BlobName("a"), attributes: BlobAttributes(), if: .always)
        key = try SharedKey(account: Self.account, base64Key: "bm9ib2R5IGd1ZXNzZXMgdGhpcw==")
        let log = Log { [lines] entry in
            let text = entry.metadata.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
            lines.update { $0 += "\(entry.message) \(text)\n" }
        }
        server = BlobServer(
            accounts: [Self.account: PublishedAccount(account, keys: [key])], log: log, clock: { Self.now },
            random: random)
    }

    /// What the log says so far.
    var log: String { lines.update { $0 } }

    func answer(_ request: ListenerRequest, body bytes: [UInt8] = []) async -> Reply {
        var body = RequestBody(bytes, length: request.length)
        let reply = await server.respond(to: request, body: &body)
        reply.onEnd?(Reply.End(bytes: 0, isComplete: true))
        return reply
    }

    static func request(
        _ method: String, _ target: String, _ fields: HTTPFields, length: ListenerRequest.Length = .absent
    ) -> ListenerRequest {
        ListenerRequest(method: method, target: target, fields: fields, length: length, peer: "127.0.0.1")
    }
}
