import AzureBlobs
import AzureIdentity
import BlobStorage
import Diagnostics
import FoundationEssentials
import HTTPMessages
import SystemCalls
import TestSupport
import Testing

@Suite("Requests to the service")
struct RequestTests {
    private let common = "x-ms-client-request-id: 00000000-0000-4000-8000-000000000000\n"
    private let version = "x-ms-version: 2021-12-02"

    private func id(_ text: String) throws -> BlockID { try #require(BlockID(text: text)) }

    @Test("stage a block with its checksum")
    func stage() async throws {
        let client = RecordingClient(.success(HTTPResponse(status: 201)))
        try await client.store().stage(Array("123456789".utf8).span, as: id("++//"), of: BlobName("a b"))
        #expect(
            client.sent.map(\.text) == [
                "PUT /dumps/a%20b?comp=block&blockid=%2B%2B%2F%2F\n" + common + "x-ms-content-crc64: iJh5CoYUi64=\n"
                    + version + "\n123456789"
            ])
    }

    @Test("carry an MD5 for a service that does not say which CRC-64 it computed; that is found out once")
    func fallBack() async throws {
        let client = RecordingClient(
            echoesSums: false, .success(HTTPResponse(status: 201)), .success(HTTPResponse(status: 201)),
            .success(HTTPResponse(status: 201)))
        let store = try client.store()
        for id in try [id("QQ=="), id("Qg==")] {
            try await store.stage(Array("123456789".utf8).span, as: id, of: BlobName("a"))
        }
        #expect(client.sent.map { $0.request.fields["x-ms-content-crc64"] } == ["iJh5CoYUi64=", nil, nil])
        let md5 = "JfnnlDI7RTiF9RgfG2JNCw=="
        #expect(client.sent.map { $0.request.fields["Content-MD5"] } == [nil, md5, md5])
    }

    @Test("carry an MD5 for a service that refuses the field of the CRC-64")
    func refusedField() async throws {
        let refusal = HTTPResponse(status: 400, fields: ["x-ms-error-code": "UnsupportedHeader"])
        let client = RecordingClient(.success(refusal), .success(.written))
        _ = try await client.store().put([1].span, to: BlobName("a"), attributes: BlobAttributes(), if: .absent)
        #expect(client.sent.map { $0.request.fields["Content-MD5"] != nil } == [false, true])
    }

    @Test("carry tags and tier, if a writer gives any")
    func tagsAndTier() async throws {
        let client = RecordingClient(.success(.written), .success(.written))
        let store = try client.store()
        let attributes = BlobAttributes(tags: try BlobTags(["b": "c d", "a": "+="]), tier: .cold)
        for attributes in [attributes, BlobAttributes()] {
            _ = try await store.put([1].span, to: BlobName("a"), attributes: attributes, if: .always)
        }
        #expect(client.sent.map { $0.request.fields["x-ms-tags"] } == ["a=%2B%3D&b=c%20d", nil])
        #expect(client.sent.map { $0.request.fields["x-ms-access-tier"] } == ["Cold", nil])
    }

    @Test("commit blocks in order, with every attribute and condition")
    func commit() async throws {
        let client = RecordingClient(.success(.written))
        let attributes = BlobAttributes(
            contentType: "t/t", contentEncoding: "e", contentLanguage: "l", contentDisposition: "d", cacheControl: "c",
            contentMD5: Array(0..<16), metadata: ["penstock_upload": "00ff", "b": ""])
        let time = Date(timeIntervalSince1970: 0)
        let condition = AccessCondition(
            ifMatch: .tag(ETag("0x2")), ifNoneMatch: .any, ifModifiedSince: time, ifUnmodifiedSince: time)
        let blocks = [
            BlockReference(try id("QQ=="), .latest), BlockReference(try id("Qg=="), .committed),
            BlockReference(try id("Qw=="), .uncommitted),
        ]
        let written = try await client.store("http://127.0.0.1:10000/acct/").commit(
            blocks, to: BlobName("a"), attributes: attributes, if: condition)
        #expect(written.tag == ETag("\"0x1\""))
        let sent = try #require(client.sent.first?.text)
        let parts = sent.split(separator: "\nx-ms-content-crc64: ")
        #expect(
            parts.first == """
                PUT /acct/dumps/a?comp=blocklist
                if-match: "0x2"
                if-modified-since: Thu, 01 Jan 1970 00:00:00 GMT
                if-none-match: *
                if-unmodified-since: Thu, 01 Jan 1970 00:00:00 GMT
                x-ms-blob-cache-control: c
                x-ms-blob-content-disposition: d
                x-ms-blob-content-encoding: e
                x-ms-blob-content-language: l
                x-ms-blob-content-md5: AAECAwQFBgcICQoLDA0ODw==
                x-ms-blob-content-type: t/t
                x-ms-client-request-id: 00000000-0000-4000-8000-000000000000
                """)
        #expect(
            sent.hasSuffix(
                """
                x-ms-meta-b: 
                x-ms-meta-penstock_upload: 00ff
                x-ms-version: 2021-12-02
                <?xml version="1.0" encoding="utf-8"?><BlockList><Latest>QQ==</Latest><Committed>Qg==</Committed>\
                <Uncommitted>Qw==</Uncommitted></BlockList>
                """))
    }

    @Test("put a blob, empty ones too")
    func put() async throws {
        let client = RecordingClient(.success(.written))
        _ = try await client.store().put(Span(), to: BlobName("a"), attributes: BlobAttributes(), if: .absent)
        #expect(
            client.sent.map(\.text) == [
                "PUT /dumps/a\nif-none-match: *\nx-ms-blob-type: BlockBlob\n" + common
                    + "x-ms-content-crc64: AAAAAAAAAAA=\n" + version
            ])
    }

    @Test("read, look at, and delete")
    func simple() async throws {
        let ok = HTTPResponse(
            status: 206,
            fields: [
                "ETag": "\"0x1\"", "Last-Modified": "Fri, 15 Mar 2024 09:30:00 GMT", "Content-Range": "bytes 2-4/10",
                "Content-Length": "3", "Content-MD5": "AAAA", "x-ms-blob-content-md5": "AAECAwQFBgcICQoLDA0ODw==",
                "X-Ms-Meta-Team": "blue", "x-ms-creation-time": "Thu, 14 Mar 2024 09:30:00 GMT",
            ], body: [2, 3, 4])
        let client = RecordingClient(.success(ok), .success(HTTPResponse(status: 202)))
        let store = try client.store()
        var found: BlobProperties?
        let bytes = try await [UInt8].filled(capacity: 10) { buffer in
            found = try await store.read(
                BlobName("a"), range: ByteRange(2..<5), if: .matching(ETag("0x1")), into: &buffer)
        }
        #expect(bytes == [2, 3, 4])
        #expect(found?.size == 10 && found?.attributes.metadata(named: "team") == "blue")
        #expect(found?.attributes.contentMD5 == Array(0..<16))
        #expect(found?.created == Date(timeIntervalSince1970: 1_710_408_600))
        try await store.delete(BlobName("a"), if: .always)
        #expect(
            client.sent.map(\.text) == [
                "GET /dumps/a\nif-match: \"0x1\"\n" + common + "x-ms-range: bytes=2-4\n" + version,
                "DELETE /dumps/a\n" + common + version,
            ])
    }

    @Test("list blobs and containers, and handle containers")
    func lists() async throws {
        let empty = HTTPResponse.document(
            Array("<EnumerationResults><Blobs /><NextMarker /></EnumerationResults>".utf8))
        let none = HTTPResponse.document(Array("<EnumerationResults><Containers /></EnumerationResults>".utf8))
        let client = RecordingClient(
            .success(empty), .success(empty), .success(none), .success(.written), .success(HTTPResponse(status: 202)),
            .success(.written))
        let store = try client.store()
        _ = try await store.list(BlobQuery())
        _ = try await store.list(
            BlobQuery(
                prefix: "a/é", delimiter: "/", marker: "2!8+=", limit: 7, includesMetadata: true,
                includesUncommitted: true))
        let account = try client.account()
        _ = try await account.containers(prefix: "d", marker: nil, limit: 3)
        _ = try await account.create(ContainerName("dumps"), metadata: ["a": "b"])
        try await account.delete(ContainerName("dumps"), if: .always)
        _ = try await store.containerProperties()
        #expect(
            client.sent.map { String($0.text.prefix { $0 != "\n" }) } == [
                "GET /dumps?restype=container&comp=list&maxresults=5000",
                "GET /dumps?restype=container&comp=list&prefix=a%2F%C3%A9&delimiter=%2F&marker=2%218%2B%3D&maxresults=7"
                    + "&include=metadata%2Cuncommittedblobs",
                "GET /?comp=list&prefix=d&maxresults=3&include=metadata", "PUT /dumps?restype=container",
                "DELETE /dumps?restype=container", "HEAD /dumps?restype=container",
            ])
        #expect(client.sent[3].text.contains("\nx-ms-meta-a: b\n"))
    }

    @Test(
        "write odd names so that the service reads the same",
        arguments: [
            ("a b", "a%20b"), ("a+b", "a%2Bb"), ("100%", "100%25"), ("%2F", "%252F"), ("#?&", "%23%3F%26"),
            ("caf\u{E9}", "caf%C3%A9"), ("cafe\u{301}", "cafe%CC%81"), ("//a//", "//a//"), ("../x/.", "../x/."),
            ("back\\slash", "back%5Cslash"), ("😀", "%F0%9F%98%80"), ("a/b~c", "a/b~c"),
        ])
    func names(name: String, encoded: String) async throws {
        let client = RecordingClient(.success(HTTPResponse(status: 202)))
        try await client.store().delete(BlobName(name), if: .always)
        #expect(client.sent.first?.request.url.path == "/dumps/" + encoded)
        let path = try #require(client.sent.first?.request.url.path.dropFirst("/dumps/".count))
        #expect(PercentCoding.decode(path).map { Array($0.utf8) } == Array(name.utf8))
    }

    @Test("are signed, and carry a SAS behind their own parameters")
    func credentials() async throws {
        let key = try SharedKey(account: "acct", key: Secret(Array(0..<64)))
        let signed = RecordingClient(.success(HTTPResponse(status: 201)))
        try await signed.account(credential: .sharedKey(key)).store(of: ContainerName("dumps"))
            .stage([1].span, as: id("QQ=="), of: BlobName("a"))
        let sent = try #require(signed.sent.first)
        let header = try #require(SharedKeyAuthorization(header: sent.request.fields["Authorization"] ?? ""))
        let text = SignedText(sent.request, contentLength: 1, account: "acct")
        #expect(header.refusal(of: text, keys: [key], now: Date(timeIntervalSince1970: 1_710_495_000)) == nil)

        var fields = SASFields()
        for (name, value) in ["sv": "2021-12-02", "sr": "c", "sp": "w", "se": "2030-01-01"] { fields[name] = value }
        let token = try #require(
            SASToken.signing(fields, for: SASResource(account: "acct", container: "dumps"), with: key))
        let shared = RecordingClient(.success(HTTPResponse(status: 201)))
        try await shared.account(credential: .sas(token)).store(of: ContainerName("dumps"))
            .stage([1].span, as: id("QQ=="), of: BlobName("a"))
        let target = try #require(shared.sent.first?.request.url.target)
        #expect(target.hasPrefix("/dumps/a?comp=block&blockid=QQ%3D%3D&sp=w&se=2030-01-01&sv=2021-12-02&sr=c&sig="))
        #expect(shared.sent.first?.request.fields["Authorization"] == nil)
    }

    @Test("are not sent for what cannot be said in them")
    func refused() async throws {
        let client = RecordingClient()
        let store = try client.store()
        let cases: [(BlobStoreError.Kind, () async throws -> Void)] = [
            (.badRequest, { try await store.stage(Span(), as: id("QQ=="), of: BlobName("a")) }),
            (.badRequest, { _ = try await store.list(BlobQuery(limit: 0)) }),
            (
                .badRequest,
                {
                    let attributes = BlobAttributes(metadata: ["a": "line\r\nx-ms-other: 1"])
                    _ = try await store.put([1].span, to: BlobName("a"), attributes: attributes, if: .always)
                }
            ),
            (
                .badRequest,
                {
                    let attributes = BlobAttributes(metadata: ["a b": "c"])
                    _ = try await store.put([1].span, to: BlobName("a"), attributes: attributes, if: .always)
                }
            ),
            (
                .blockListTooLong,
                {
                    let blocks = Array(repeating: BlockReference(try id("QQ==")), count: 50_001)
                    _ = try await store.commit(blocks, to: BlobName("a"), attributes: BlobAttributes(), if: .always)
                }
            ),
        ]
        for (kind, body) in cases {
            let error = await #expect(throws: BlobStoreError.self) { try await body() }
            #expect(error?.kind == kind)
        }
        #expect(client.sent.isEmpty)
    }
}
