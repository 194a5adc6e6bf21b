import BlobStorage
import ByteStreams
import CryptoDigests
import HTTPMessages
import TestSupport
import Testing

@Suite("A server that keeps no bytes")
struct DiscardTests {
    @Test("takes blocks of any size, knows their sizes, and gives zeros")
    func zeros() async throws {
        try await TestService.run(keepsBytes: false) { service in
            let sizes = [1, 70_000, 3 << 20]
            for (index, size) in sizes.enumerated() {
                let body = [UInt8](repeating: 9, count: size)
                let staged = try await service.send(.put, "/box/a?comp=block&blockid=AAA\(index)", body: body)
                #expect(staged.status == 201)
                #expect(staged.fields["x-ms-content-crc64"] == Base64.encode(CRC64.bytes(of: body)))
            }
            let list = (0..<3).map { "<Latest>AAA\($0)</Latest>" }.joined()
            let document = Array("<BlockList>\(list)</BlockList>".utf8)
            #expect(try await service.send(.put, "/box/a?comp=blocklist", body: document).status == 201)
            let total = sizes.reduce(0, +)
            #expect(try await service.box.blockList(of: BlobName("a")).committed.map(\.size) == sizes)
            #expect(try await service.send(.get, "/box/a").body.elementsEqual([UInt8](repeating: 0, count: total)))
            let part = try await service.send(.get, "/box/a", ["Range": "bytes=5-104"])
            #expect(part.status == 206)
            #expect(part.body.elementsEqual([UInt8](repeating: 0, count: 100)))
            #expect(try await service.send(.head, "/box/a").fields["Content-Length"] == "\(total)")
        }
    }

    @Test("checks digests and conditions like any other")
    func checks() async throws {
        try await TestService.run(keepsBytes: false) { service in
            let wrong = try await service.send(
                .put, "/box/a?comp=block&blockid=AAAA", ["x-ms-content-crc64": "AAAAAAAAAAA="], body: [1, 2, 3])
            try expect(wrong, 400, "Crc64Mismatch")
            #expect(try await service.send(.get, "/box/a?comp=blocklist&blocklisttype=all").status == 404)
            #expect(try await service.put("a", "text").status == 201)
            try expect(try await service.put("a", "text", ["If-None-Match": "*"]), 409, "BlobAlreadyExists")
            #expect(try await service.send(.get, "/box?restype=container&comp=list").text.contains("<Name>a</Name>"))
        }
    }

    @Test("notices a body that ends early")
    func short() async throws {
        var source = MemorySource([1, 2, 3])
        let account = MemoryAccount(clock: { TestService.now }, random: { 1 }, keepsBytes: false)
        _ = try await account.create(ContainerName("box"), metadata: [:])
        let store = account.store(of: try ContainerName("box"))
        let id = try #require(BlockID(text: "AAAA"))
        await #expect(throws: StreamError.self) { try await store.stage(&source, length: 4, as: id, of: BlobName("a")) }
        await #expect(throws: BlobStoreError.self) { try await store.blockList(of: BlobName("a")) }
    }
}

extension CRC64 {
    fileprivate static func bytes(of body: [UInt8]) -> [UInt8] {
        var crc64 = CRC64()
        crc64.update(body.span)
        return crc64.bytes
    }
}
