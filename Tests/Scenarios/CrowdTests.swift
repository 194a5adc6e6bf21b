import AzureIdentity
import CryptoDigests
import FoundationEssentials
import HTTPMessages
import SystemCalls
import TestSupport
import Testing

@Suite("A crowd of clients", .serialized, .timeLimit(.minutes(3)))
struct CrowdTests {
    /// As the issue of the server has it: more than this, in bytes, the server may never have had.
    static let memoryLimit = 150 << 20
    static let clients = 1000
    /// The threads of the listener, of the store, of the index and of Swift; far fewer than clients.
    static let mostThreads = 64

    private let key: SharedKey
    private let token: String

    init() throws {
        OpenFiles.raiseLimit()
        key = try SharedKey.emulator()
        var fields = SASFields()
        fields["sp"] = "rcwl"
        fields["sv"] = "2021-12-02"
        fields["sr"] = "c"
        fields["se"] = "2035-01-01T00:00:00Z"
        let container = SASResource(account: key.account, container: "backups")
        token = try #require(SASToken.signing(fields, for: container, with: key)).reveal(\.encoded)
    }

    private func target(_ name: String, _ query: String = "") -> String {
        "/\(key.account)/backups/\(name)?\(query)\(token)"
    }

    private func head(_ method: String, _ target: String, _ length: Int) -> String {
        "\(method) \(target) HTTP/1.1\r\nHost: x\r\nx-ms-version: 2021-12-02\r\nx-ms-blob-type: BlockBlob\r\n"
            + "Content-Length: \(length)\r\n\r\n"
    }

    /// Puts and gets a small blob on a connection of its own.
    private func useServer(_ port: Int) async throws {
        let connection = try RawConnection(port: port)
        try await connection.send(Array((head("PUT", target("small"), 5)).utf8) + Array("bytes".utf8))
        #expect(try await connection.response().status == 201)
        try await connection.send(head("GET", target("small"), 0))
        #expect(try await connection.response().body == Array("bytes".utf8))
    }

    enum Stall: CaseIterable, Sendable {
        case inHead, inBlock, inBlob, inAnswer, inListing

        /// What each client sends before it says nothing more.
        var sent: Int {
            switch self {
            case .inHead, .inAnswer, .inListing: 0
            case .inBlock: (1 << 20) - 1
            case .inBlob: 900_000
            }
        }
    }

    private func begin(_ stall: Stall, _ number: Int) -> String {
        switch stall {
        case .inHead: "PUT \(target("stalled")) HTTP/1.1\r\nHost: x\r\nX-Long: \(String(repeating: "a", count: 8000))"
        case .inBlock:
            head(
                "PUT", target("stalled", "comp=block&blockid=\(PercentCoding.encode(id(number)))&"), 8 << 20)
        case .inBlob: head("PUT", target("stalled-\(number)"), 1_000_000)
        case .inAnswer: head("GET", target("large"), 0)
        case .inListing: head("GET", "/\(key.account)/backups?restype=container&comp=list&include=metadata&\(token)", 0)
        }
    }

    /// Puts blobs whose names and metadata are more than a page of a listing holds.
    private func fill(_ port: Int) async throws {
        let connection = try RawConnection(port: port)
        let metadata = "x-ms-meta-long: \(String(repeating: "v", count: 7000))\r\n\r\n"
        for number in 0..<700 {
            try await connection.send(head("PUT", target("described-\(number)"), 0).dropLast() + metadata)
            #expect(try await connection.response().status == 201)
        }
    }

    private func id(_ number: Int) -> String { Base64.encode(Array(String(100_000 + number).utf8)) }

    @Test("that stop in the middle cost descriptors, and others are answered at once", arguments: Stall.allCases)
    func stalled(stall: Stall) async throws {
        try await Place.make { place in
            let port = try #require(Int(place.server.port))
            if stall == .inAnswer { try await place.upload([UInt8](repeating: 1, count: 20 << 20), to: "large") }
            if stall == .inListing { try await fill(port) }
            let body = [UInt8](repeating: 7, count: stall.sent)
            var crowd: [RawConnection] = []
            for number in 0..<Self.clients {
                let client = try RawConnection(port: port)
                try await client.send(Array(begin(stall, number).utf8))
                if !body.isEmpty { try await client.send(body) }
                crowd.append(client)
            }
            for client in crowd where stall == .inAnswer || stall == .inListing {
                #expect(try await client.head().status == 200)
            }
            let clock = ContinuousClock()
            let taken = try await clock.measure { try await useServer(port) }
            #expect(taken < .seconds(5))
            let id = place.server.running.id
            let threads = try #require(try ProcessTable.threads(of: id))
            let memory = try #require(try ProcessTable.peakMemory(of: id))
            #expect(threads < Self.mostThreads)
            #expect(memory < Self.memoryLimit, "\(memory >> 20) MiB")
            print(
                "\(Self.clients) clients \(stall): \(memory >> 20) MiB of memory, \(threads) threads, answered in \(taken)"
            )
            crowd = []
            try await useServer(port)
        }
    }
}
