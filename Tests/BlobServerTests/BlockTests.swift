import AzureIdentity
import BlobStorage
import ByteStreams
import CryptoDigests
import FoundationEssentials
import HTTPListener
import HTTPMessages
import MarkupXML
import TestSupport
import Testing

@testable import BlobServer

@Suite("Blocks of the server")
struct BlockTests {
    private func stage(_ service: TestService, _ id: String, _ text: String) async throws -> HTTPResponse {
        let id = PercentCoding.encode(base64(id))
        return try await service.send(.put, "/box/a?comp=block&blockid=\(id)", body: Array(text.utf8))
    }

    private func commit(
        _ service: TestService, _ list: String, _ fields: HTTPFields = [:]
    ) async throws -> HTTPResponse {
        let document = "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>\(list)</BlockList>"
        return try await service.send(.put, "/box/a?comp=blocklist", fields, body: Array(document.utf8))
    }

    @Test("blocks are staged, listed and committed in the order of the list")
    func lifecycle() async throws {
        try await TestService.run { service in
            for (id, text) in [("03", "three"), ("01", "one"), ("02", "two")] {
                let staged = try await stage(service, id, text)
                #expect(staged.status == 201)
                var crc64 = CRC64()
                crc64.update(Array(text.utf8).span)
                #expect(staged.fields["x-ms-content-crc64"] == Base64.encode(crc64.bytes))
                #expect(staged.fields["ETag"] == nil)
            }
            let staged = try await service.send(.get, "/box/a?comp=blocklist&blocklisttype=all")
            #expect(staged.fields["ETag"] == nil)
            let list = try staged.document
            #expect(list["CommittedBlocks"]?.children.isEmpty == true)
            let uncommitted = list["UncommittedBlocks"]?.children.map { $0.text(of: "Name") }
            #expect(uncommitted == ["01", "02", "03"].map { base64($0) })

            let names = [("Uncommitted", "01"), ("Latest", "03"), ("Latest", "02")]
            let committed = try await commit(
                service, names.map { "<\($0.0)>\(base64($0.1))</\($0.0)>" }.joined(),
                ["x-ms-blob-content-type": "a/b", "Content-Type": "application/xml", "x-ms-meta-k": "v"])
            #expect(committed.status == 201)
            let found = try await service.send(.get, "/box/a")
            #expect(found.text == "onethreetwo")
            #expect(found.fields["Content-Type"] == "a/b")
            #expect(found.fields["x-ms-meta-k"] == "v")
            #expect(found.fields["ETag"] == committed.fields["ETag"])
            // Blobs made of blocks have no digest unless their writer gave one.
            #expect(found.fields["Content-MD5"] == nil)
            let after = try await service.send(.get, "/box/a?comp=blocklist")
            #expect(after.fields["x-ms-blob-content-length"] == "11")
            #expect(try after.document["CommittedBlocks"]?.children.map { $0.text(of: "Size") } == ["3", "5", "3"])
            #expect(try after.document["UncommittedBlocks"] == nil)
        }
    }

    @Test("what cannot be committed is refused, and nothing changes")
    func refused() async throws {
        try await TestService.run { service in
            _ = try await stage(service, "01", "one")
            _ = try await commit(service, "<Latest>\(base64("01"))</Latest>")
            try expect(await commit(service, "<Latest>\(base64("02"))</Latest>"), 400, "InvalidBlockList")
            try expect(await commit(service, "<Uncommitted>\(base64("01"))</Uncommitted>"), 400, "InvalidBlockList")
            try expect(await commit(service, "<Latest>!</Latest>"), 400, "InvalidBlockList")
            try expect(await commit(service, "<Newest>\(base64("01"))</Newest>"), 400, "InvalidXmlDocument")
            try expect(await commit(service, "<Latest>"), 400, "InvalidXmlDocument")
            try expect(await commit(service, "", ["If-None-Match": "*"]), 409, "BlobAlreadyExists")
            try expect(await commit(service, "", ["Content-MD5": base64("0123456789abcdef")]), 400, "Md5Mismatch")
            #expect(try await service.send(.get, "/box/a").text == "one")
        }
    }

    @Test("documents that would grow are refused", arguments: ["bomb", "wide", "long", "attributes"])
    func bombs(kind: String) async throws {
        let bomb = "<!DOCTYPE a [<!ENTITY b \"\(String(repeating: "x", count: 1000))\">]><BlockList>&b;&b;</BlockList>"
        let wide = "<BlockList>\(String(repeating: "<Latest>MDE=</Latest>", count: 50_001))</BlockList>"
        let attributes = (0..<100_000).map { " a\($0)=''" }.joined()
        let long = String(repeating: " ", count: 8 << 20) + "<BlockList/>"
        let (document, status, code) =
            switch kind {
            case "bomb": (bomb, 400, "InvalidXmlDocument")
            case "attributes": ("<BlockList\(attributes)/>", 400, "InvalidXmlDocument")
            case "wide": (wide, 400, "BlockListTooLong")
            default: (long, 413, "RequestBodyTooLarge")
            }
        try await TestService.run { service in
            try expect(
                await service.send(.put, "/box/a?comp=blocklist", body: Array(document.utf8)), status, code)
        }
    }

    @Test("a long list of blocks is sent in pieces, and what is being sent is counted")
    func longList() async throws {
        let blocks = try (0..<100_000).map { number in
            let text = String(repeating: "0", count: 42) + String(100_000 + number)
            return BlockList.Block(id: try #require(BlockID(text: base64(text))), size: 7 + number)
        }
        let buffers = BufferAllowance(bytes: 16 << 20)
        do {
            let one = try BlockListDocument([("CommittedBlocks", blocks)], buffers)
            let two = try BlockListDocument([("CommittedBlocks", blocks)], buffers)
            #expect { try BlockListDocument([("CommittedBlocks", blocks)], buffers) } throws: {
                ($0 as? ServiceFailure)?.status == 503
            }
            _ = try BlockListDocument([("CommittedBlocks", Array(blocks.prefix(BlockListDocument.short)))], buffers)
            let sent = try await whole(one), again = try await whole(two)
            #expect(sent == again && sent.count > 6 << 20)
            let root = try XMLReader.read(sent, limit: 500_000)
            let listed = root["CommittedBlocks"]?.children ?? []
            #expect(listed.count == blocks.count)
            #expect(listed.map { $0.text(of: "Name") } == blocks.map(\.id.text))
            #expect(listed.last?.text(of: "Size") == "100006")
        }
        _ = try BlockListDocument([("CommittedBlocks", blocks)], buffers)
    }

    /// Sends it to a client.
    private func whole(_ document: BlockListDocument) async throws -> [UInt8] {
        try await withHTTPListener(
            host: "127.0.0.1", port: 0, limits: ListenerLimits(drain: .seconds(5)),
            handler: { _, _ in (try? await document.reply) ?? Reply(status: 500) },
            body: { address in
                let connection = try RawConnection(port: address.port)
                try await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                let answer = try await connection.response()
                #expect(answer.fields["Transfer-Encoding"] == "chunked")
                return answer.body
            })
    }

    @Test("a damaged block is refused and nothing is staged", arguments: ["Content-MD5", "x-ms-content-crc64"])
    func damaged(field: String) async throws {
        try await TestService.run { service in
            let isMD5 = field == "Content-MD5"
            let wrong = base64(isMD5 ? "0123456789abcdef" : "01234567")
            for size in [3, 3_000_000] {
                let body = [UInt8](repeating: 1, count: size)
                for target in ["/box/a?comp=block&blockid=MDE%3D", "/box/a"] {
                    let answer = try await service.send(
                        .put, target, [field: wrong, "x-ms-blob-type": "BlockBlob"], body: body)
                    try expect(answer, 400, isMD5 ? "Md5Mismatch" : "Crc64Mismatch")
                }
                try expect(await service.send(.get, "/box/a?comp=blocklist&blocklisttype=all"), 404, "BlobNotFound")
            }
        }
    }

    @Test("a right digest is accepted and repeated")
    func digests() async throws {
        try await TestService.run { service in
            let body = [UInt8](repeating: 9, count: 2_000_000)
            let md5 = Base64.encode(Digest.of(body.span, .md5))
            let staged = try await service.send(
                .put, "/box/a?comp=block&blockid=MDE%3D", ["Content-MD5": md5], body: body)
            #expect(staged.fields["Content-MD5"] == md5)
            #expect(staged.fields["x-ms-content-crc64"] == nil)
            let put = try await service.send(
                .put, "/box/b", ["Content-MD5": md5, "x-ms-blob-type": "BlockBlob"], body: body)
            #expect(put.status == 201)
            #expect(try await service.send(.head, "/box/b").fields["Content-MD5"] == md5)
        }
    }

    @Test("a body that is cut leaves nothing behind")
    func cut() async throws {
        try await TestService.run { service in
            let url = try #require(
                HTTPURL("http://127.0.0.1:\(service.port)/devstoreaccount1/box/a?comp=block&blockid=MDE%3D"))
            let lengths: HTTPFields = ["x-ms-version": "2021-12-02", "Content-Length": "1000000"]
            var request = HTTPRequest(.put, url, fields: lengths)
            service.key.sign(&request, contentLength: 1_000_000, now: TestService.now)
            let connection = try RawConnection(port: service.port)
            let fields = request.fields.all.map { "\($0.name): \($0.value)\r\n" }.joined()
            try await connection.send("PUT \(url.target) HTTP/1.1\r\nHost: x\r\n\(fields)\r\nabc")
            connection.endSending()
            _ = try await connection.rest()
            try expect(await service.send(.get, "/box/a?comp=blocklist&blocklisttype=all"), 404, "BlobNotFound")
        }
    }

    @Test("writes must say how long they are")
    func length() async throws {
        try await TestService.run { service in
            for target in ["/box/a", "/box/a?comp=block&blockid=MDE%3D", "/box/a?comp=blocklist"] {
                let chunked = try await service.send(
                    .put, target,
                    ["x-ms-blob-type": "BlockBlob", "Transfer-Encoding": "chunked", "Content-Length": "0"],
                    body: Array("0\r\n\r\n".utf8))
                #expect(chunked.status == 400)  // two lengths
            }
            for target in ["/box/a", "/box/a?comp=block&blockid=MDE%3D", "/box/a?comp=blocklist"] {
                let url = try #require(HTTPURL("http://127.0.0.1:\(service.port)/devstoreaccount1\(target)"))
                var request = HTTPRequest(
                    .put, url, fields: ["x-ms-blob-type": "BlockBlob", "Transfer-Encoding": "chunked"])
                service.key.sign(&request, contentLength: 0, now: TestService.now)
                let answer = try await service.send(plain: request, body: Array("3\r\nabc\r\n0\r\n\r\n".utf8))
                try expect(answer, 411, "MissingContentLengthHeader")
            }
            try expect(
                await service.send(.put, "/box/a?comp=block&blockid=MDE%3D"), 400, "InvalidHeaderValue")
        }
    }

    @Test("a body beyond the limit is refused before it is sent")
    func tooLarge() async throws {
        try await TestService.run { service in
            for (target, length) in [("?comp=block&blockid=MDE%3D", (4000 << 20) + 1), ("", (5000 << 20) + 1)] {
                let url = try #require(HTTPURL("http://127.0.0.1:\(service.port)/devstoreaccount1/box/a\(target)"))
                var request = HTTPRequest(
                    .put, url,
                    fields: ["x-ms-blob-type": "BlockBlob", "Content-Length": "\(length)", "Expect": "100-continue"])
                service.key.sign(&request, contentLength: length, now: TestService.now)
                try expect(await service.send(plain: request), 413, "RequestBodyTooLarge")
            }
        }
    }

    @Test(
        "block ids are checked",
        arguments: [
            ("", "InvalidQueryParameterValue"), ("!!!!", "InvalidQueryParameterValue"),
            ("MDE", "InvalidQueryParameterValue"),
            (String(repeating: "QUFB", count: 22), "InvalidQueryParameterValue"),
            ("MDEyMw%3D%3D", "InvalidBlobOrBlock"),
        ])
    func ids(id: String, code: String) async throws {
        try await TestService.run { service in
            _ = try await stage(service, "01", "x")
            try expect(await service.send(.put, "/box/a?comp=block&blockid=\(id)", body: [1]), 400, code)
            try expect(
                await service.send(.put, "/box/a?comp=block", body: [1]), 400, "MissingRequiredQueryParameter")
        }
    }
}
