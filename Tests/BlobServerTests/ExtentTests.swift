import AzureIdentity
import BlobServer
import BlobStorage
import CryptoDigests
import DirectoryStore
import HTTPListener
import HTTPMessages
import HTTPTransport
import SystemCalls
import TestSupport
import Testing

@Suite("Blobs that lie in files", .timeLimit(.minutes(2)))
struct ExtentTests {
    private static let large = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }

    private struct Service {
        let port: Int
        let key: SharedKey
        let box: any BlobStore

        func request(_ target: String, _ fields: HTTPFields, _ method: String = "GET") throws -> String {
            let url = try #require(HTTPURL("http://127.0.0.1:\(port)\(TestService.path)\(target)"))
            var request = HTTPRequest(method == "HEAD" ? .head : .get, url, fields: fields)
            request.fields["x-ms-version"] = "2021-12-02"
            key.sign(&request, contentLength: 0, now: TestService.now)
            var head = "\(method) \(request.url.target) HTTP/1.1\r\nHost: \(request.url.authority)\r\n"
            for field in request.fields.all { head += "\(field.name): \(field.value)\r\n" }
            return head + "\r\n"
        }

        func get(_ target: String, _ fields: HTTPFields = [:]) async throws -> HTTPResponse {
            let connection = try RawConnection(port: port)
            try await connection.send(request(target, fields))
            return try await connection.response()
        }
    }

    /// A server of a directory with the container `box`.
    private func withService(
        faults: ServerFaultPlan? = nil, identity: TLSIdentity? = nil, _ body: (Service) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let account = try await DirectoryAccount.open(
                path: directory + "/store", access: .exclusive, clock: { TestService.now },
                random: { .random(in: .min ... .max) })
            _ = try await account.create(ContainerName("box"), metadata: [:])
            let box = account.store(of: try ContainerName("box"))
            try await TestService.run(account, identity: identity, faults: faults) { port, key in
                try await body(Service(port: port, key: key, box: box))
            }
            try await account.close()
        }
    }

    /// A blob of large and small blocks, so that some lie in files and some in the index.
    private func stage(_ sizes: [Int], as name: String, in box: any BlobStore) async throws {
        let blob = try BlobName(name)
        var ids: [BlockReference] = []
        var position = 0
        for (index, size) in sizes.enumerated() {
            let id = try #require(BlockID(text: base64(String(10_000 + index))))
            try await box.stage(Self.large.span.extracting(position..<position + size), as: id, of: blob)
            ids.append(BlockReference(id))
            position += size
        }
        _ = try await box.commit(ids, to: blob, attributes: BlobAttributes(), if: .always)
    }

    private static let layouts: [[Int]] = [
        [3_000_000], [1_000_000, 1_000_000, 1_000_000], [100, 200, 2_000_000, 5, 16_384, 16_385, 7],
        Array(repeating: 1000, count: 600), [4096],
    ]

    @Test("come out whole and in parts, however they lie", arguments: layouts)
    func ranges(sizes: [Int]) async throws {
        let total = sizes.reduce(0, +)
        try await withService { service in
            try await stage(sizes, as: "a", in: service.box)
            let whole = try await service.get("/box/a")
            #expect(whole.status == 200)
            #expect(whole.body.elementsEqual(Self.large[..<total]))
            for range in [0..<1, 50..<total - 7, total - 1..<total, total / 3..<total / 2, 99..<min(total, 101)] {
                let part = try await service.get("/box/a", ["Range": ByteRange(range).header])
                #expect(part.status == 206)
                #expect(part.fields["Content-Range"] == "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(total)")
                #expect(part.body.elementsEqual(Self.large[range]))
            }
            let beyond = try await service.get("/box/a", ["Range": "bytes=\(total)-"])
            #expect(beyond.status == 416)
        }
    }

    @Test("have the digest of a range that is asked for")
    func digest() async throws {
        try await withService { service in
            try await stage([1_000_000, 1_000_000], as: "a", in: service.box)
            let part = try await service.get(
                "/box/a", ["Range": "bytes=999000-1000999", "x-ms-range-get-content-md5": "true"])
            #expect(part.body.elementsEqual(Self.large[999_000..<1_001_000]))
            #expect(part.fields["Content-MD5"] == Base64.encode(Digest.of(part.body.span, .md5)))
        }
    }

    @Test("empty and absent ones are what they are")
    func empty() async throws {
        try await withService { service in
            let nothing: [UInt8] = []
            _ = try await service.box.put(nothing.span, to: BlobName("e"), attributes: BlobAttributes(), if: .always)
            let empty = try await service.get("/box/e")
            #expect(empty.status == 200 && empty.body.isEmpty)
            #expect(try await service.get("/box/e", ["Range": "bytes=0-9"]).status == 416)
            #expect(try await service.get("/box/absent").status == 404)
            #expect(try await service.get("/box/e", ["If-Match": "\"0x1\""]).status == 412)
        }
    }

    @Test("one that lies in one file is sent to its end although it is replaced meanwhile")
    func replaced() async throws {
        try await withService { service in
            let bytes = Array(repeatElement(Self.large, count: 20).joined())
            let blob = try BlobName("a")
            _ = try await service.box.put(bytes.span, to: blob, attributes: BlobAttributes(), if: .always)
            let connection = try RawConnection(port: service.port)
            try await connection.send(service.request("/box/a", [:]))
            #expect(try await connection.head().status == 200)
            let other: [UInt8] = [1]
            _ = try await service.box.put(other.span, to: blob, attributes: BlobAttributes(), if: .always)
            #expect(try await connection.bytes(bytes.count) == bytes)
        }
    }

    @Test("one whose bytes went missing is refused, not served short")
    func missing() async throws {
        try await withService { service in
            try await stage([1_000_000, 1_000_000], as: "a", in: service.box)
            let extents = try #require(service.box as? any ExtentReadable)
            let all = ByteRange(0..<2_000_000)
            let first = try await extents.beginning(of: BlobName("a"), range: all, limit: 100, if: .always)
            guard case .file(let extent) = first.place else {
                Issue.record("a large block lies in no file")
                return
            }
            #expect(extent.length == 1_000_000)
            try Files.open("/proc/self/fd/\(extent.descriptor.number)", .update).resize(to: 10)
            let answer = try await service.get("/box/a")
            #expect(answer.status == 500)
        }
    }

    @Test("go wrong by a plan as others do")
    func faults() async throws {
        let plan = ServerFaultPlan(rules: [ServerFaultPlan.Rule(.truncate, of: ["GetBlob"])])
        try await withService(faults: plan) { service in
            try await stage([1_000_000], as: "a", in: service.box)
            let connection = try RawConnection(port: service.port)
            try await connection.send(service.request("/box/a", [:]))
            #expect(try await connection.head().fields["Content-Length"] == "1000000")
            #expect(try await connection.rest() == Array(Self.large[..<500_000]))
        }
    }

    @Test("come out whole over TLS", arguments: [[3_000_000], [1_000_000, 10, 1_000_000]])
    func secure(sizes: [Int]) async throws {
        try await withTemporaryDirectory { directory in
            let made = try await TestCertificate.make(in: directory)
            try await withService(identity: made.identity) { service in
                try await stage(sizes, as: "a", in: service.box)
                let total = sizes.reduce(0, +)
                let url = try #require(HTTPURL("https://127.0.0.1:\(service.port)\(TestService.path)/box/a"))
                var request = HTTPRequest(.get, url, fields: ["x-ms-version": "2021-12-02"])
                service.key.sign(&request, contentLength: 0, now: TestService.now)
                let settings = TransportSettings(certificateAuthorities: made.certificatePath)
                let answer = try await CurlClient(width: 1, settings: settings).send(request)
                #expect(answer.body.elementsEqual(Self.large[..<total]))
            }
        }
    }
}
