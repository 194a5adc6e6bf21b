import AzureIdentity
import BlobStorage
import CryptoDigests
import HTTPMessages
import MarkupXML
import TestSupport
import Testing

@Suite("Blobs of the server")
struct BlobTests {
    @Test("a blob is put, read, described and deleted")
    func lifecycle() async throws {
        try await TestService.run { service in
            let put = try await service.put(
                "dir%2Fa", "hello",
                [
                    "Content-Type": "text/plain", "x-ms-blob-cache-control": "no-store", "x-ms-meta-Key": "value",
                    "x-ms-blob-content-disposition": "inline", "x-ms-client-request-id": "mine",
                ])
            #expect(put.status == 201)
            #expect(put.fields["Content-MD5"] == "XUFAKrxLKna5cZ2REBfFkg==")
            #expect(put.fields["x-ms-request-server-encrypted"] == "true")
            #expect(put.fields["x-ms-client-request-id"] == "mine")
            #expect(put.fields["x-ms-version"] == "2021-12-02")
            for method in [HTTPMethod.get, .head] {
                let found = try await service.send(method, "/box/dir/a")
                #expect(found.status == 200)
                #expect(found.text == (method == .get ? "hello" : ""))
                #expect(found.fields["Content-Length"] == "5")
                #expect(found.fields["Content-Type"] == "text/plain")
                #expect(found.fields["Content-MD5"] == "XUFAKrxLKna5cZ2REBfFkg==")
                #expect(found.fields["Cache-Control"] == "no-store")
                #expect(found.fields["Content-Disposition"] == "inline")
                #expect(found.fields["x-ms-meta-Key"] == "value")
                #expect(found.fields["ETag"] == put.fields["ETag"])
                #expect(found.fields["Last-Modified"] == "Fri, 15 Mar 2024 09:30:00 GMT")
                #expect(found.fields["x-ms-blob-type"] == "BlockBlob")
                #expect(found.fields["Accept-Ranges"] == "bytes")
            }
            let metadata = try await service.send(.get, "/box/dir/a?comp=metadata")
            #expect(metadata.fields["x-ms-meta-Key"] == "value")
            #expect(metadata.body.isEmpty)
            let deleted = try await service.send(.delete, "/box/dir/a")
            #expect(deleted.status == 202)
            #expect(deleted.fields["x-ms-delete-type-permanent"] == "true")
            try expect(await service.send(.get, "/box/dir/a"), 404, "BlobNotFound")
            try expect(await service.send(.delete, "/box/dir/a"), 404, "BlobNotFound")
            let head = try await service.send(.head, "/box/dir/a")
            #expect(head.status == 404)
            #expect(head.code == "BlobNotFound")
        }
    }

    @Test("ranges are cut out as the service does", arguments: ["Range", "x-ms-range"])
    func ranges(field: String) async throws {
        try await TestService.run { service in
            try await service.put("a", "0123456789")
            for (range, expected) in [
                ("bytes=2-4", "234"), ("bytes=7-", "789"), ("bytes=8-100", "89"),
                ("bytes=0-9223372036854775806", "0123456789"),
            ] {
                let answer = try await service.send(.get, "/box/a", [field: range])
                #expect(answer.status == 206)
                #expect(answer.text == expected)
                #expect(answer.fields["Content-MD5"] == nil)
                #expect(answer.fields["x-ms-blob-content-md5"] == "eB5eJF1ptWaXm4bijSPyxw==")
                let part = try #require(ContentRange(header: answer.fields["Content-Range"] ?? ""))
                #expect(part.total == 10)
                #expect(part.bytes.count == expected.count)
            }
            for range in ["bytes=10-", "bytes=10-20", "bytes=9223372036854775806-", "bytes=9223372036854775807-"] {
                let answer = try await service.send(.get, "/box/a", [field: range])
                try expect(answer, 416, "InvalidRange")
                #expect(answer.fields["Content-Range"] == "bytes */10")
            }
            for range in ["bytes=-5", "bytes=5-3", "bytes=1-2,4-5", "x", "bytes=0-9223372036854775807", "bytes=-1--1"] {
                try expect(await service.send(.get, "/box/a", [field: range]), 400, "InvalidHeaderValue")
            }
        }
    }

    @Test("an empty blob is read whole, and has no range")
    func empty() async throws {
        try await TestService.run { service in
            try await service.put("a", "")
            let whole = try await service.send(.get, "/box/a")
            #expect(whole.status == 200)
            #expect(whole.fields["Content-Length"] == "0")
            try expect(await service.send(.get, "/box/a", ["x-ms-range": "bytes=0-5"]), 416, "InvalidRange")
        }
    }

    @Test("the digest of a range is told when asked for, up to 4 MiB")
    func rangeDigests() async throws {
        try await TestService.run { service in
            try await service.put("a", "0123456789")
            let md5 = try await service.send(
                .get, "/box/a", ["x-ms-range": "bytes=2-4", "x-ms-range-get-content-md5": "true"])
            #expect(md5.fields["Content-MD5"] == Base64.encode(Digest.of(Array("234".utf8).span, .md5)))
            #expect(md5.fields["x-ms-blob-content-md5"] == "eB5eJF1ptWaXm4bijSPyxw==")
            var crc64 = CRC64()
            crc64.update(Array("234".utf8).span)
            let other = try await service.send(
                .get, "/box/a", ["x-ms-range": "bytes=2-4", "x-ms-range-get-content-crc64": "true"])
            #expect(other.fields["x-ms-content-crc64"] == Base64.encode(crc64.bytes))
            try expect(
                await service.send(
                    .get, "/box/a", ["x-ms-range": "bytes=0-4194304", "x-ms-range-get-content-md5": "true"]),
                400, "OutOfRangeInput")
            try expect(
                await service.send(.get, "/box/a", ["x-ms-range-get-content-md5": "true"]), 400, "InvalidHeaderValue")
        }
    }

    @Test("a blob larger than any buffer is read whole and in part")
    func large() async throws {
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 5) }
        try await TestService.run { service in
            let put = try await service.send(.put, "/box/large", ["x-ms-blob-type": "BlockBlob"], body: bytes)
            #expect(put.status == 201)
            var crc64 = CRC64()
            crc64.update(bytes.span)
            #expect(put.fields["x-ms-content-crc64"] == Base64.encode(crc64.bytes))
            #expect(try await service.send(.get, "/box/large").body == bytes)
            let part = try await service.send(.get, "/box/large", ["x-ms-range": "bytes=100000-2500000"])
            #expect(part.body == Array(bytes[100_000...2_500_000]))
        }
    }

    @Test("a blob replaced while it is read is cut, never mixed")
    func replaced() async throws {
        let bytes = [UInt8](repeating: 1, count: 20_000_000)
        try await TestService.run { service in
            let name = try BlobName("a")
            _ = try await service.box.put(bytes.span, to: name, attributes: BlobAttributes(), if: .always)
            let url = try #require(HTTPURL("http://127.0.0.1:\(service.port)/devstoreaccount1/box/a"))
            var request = HTTPRequest(.get, url, fields: ["x-ms-version": "2021-12-02"])
            service.key.sign(&request, contentLength: 0, now: TestService.now)
            let connection = try RawConnection(port: service.port)
            let fields = request.fields.all.map { "\($0.name): \($0.value)\r\n" }.joined()
            try await connection.send("GET \(url.target) HTTP/1.1\r\nHost: x\r\n\(fields)\r\n")
            #expect(try await connection.head().fields["Content-Length"] == "20000000")
            let other = [UInt8](repeating: 2, count: 20_000_000)
            _ = try await service.box.put(other.span, to: name, attributes: BlobAttributes(), if: .always)
            let got = try await connection.rest()
            #expect(got.count < 20_000_000)
            #expect(got.allSatisfy { $0 == 1 })
        }
    }

    @Test("conditions are judged as the service does")
    func conditions() async throws {
        try await TestService.run { service in
            let tag = try #require(try await service.put("a", "1").fields["ETag"])
            for method in [HTTPMethod.get, .head] {
                let same = try await service.send(method, "/box/a", ["If-None-Match": tag])
                #expect(same.status == 304)
                #expect(same.code == "ConditionNotMet")
                #expect(same.body.isEmpty)
                #expect(try await service.send(method, "/box/a", ["If-Match": tag]).status == 200)
                let other = try await service.send(method, "/box/a", ["If-Match": "\"0x1\""])
                #expect(other.status == 412)
                #expect(other.code == "ConditionNotMet")
            }
            try expect(await service.put("a", "2", ["If-None-Match": "*"]), 409, "BlobAlreadyExists")
            try expect(await service.put("a", "2", ["If-None-Match": tag]), 412, "ConditionNotMet")
            try expect(await service.put("a", "2", ["If-Match": "\"0x1\""]), 412, "ConditionNotMet")
            try expect(await service.put("new", "2", ["If-Match": tag]), 412, "ConditionNotMet")
            try expect(
                await service.put("a", "2", ["If-Match": tag, "If-None-Match": tag]), 400,
                "MultipleConditionHeadersNotSupported")
            try expect(await service.put("a", "2", ["If-Match": "\"a\",\"b\""]), 400, "InvalidHeaderValue")
            try expect(await service.put("a", "2", ["If-Modified-Since": "yesterday"]), 400, "InvalidHeaderValue")
            #expect(try await service.put("new", "2", ["If-None-Match": "*"]).status == 201)
            #expect(try await service.send(.get, "/box/a").text == "1")
        }
    }

    @Test(
        "the fields of answers are those the service gives",
        arguments: [
            ("create container", HTTPMethod.put, "/fresh?restype=container"),
            ("put blob", .put, "/box/new"), ("put block", .put, "/box/a?comp=block&blockid=MDE%3D"),
            ("put block list", .put, "/box/a?comp=blocklist"), ("get range", .get, "/box/a"),
            ("head", .head, "/box/a"), ("get metadata", .get, "/box/a?comp=metadata"), ("delete", .delete, "/box/a"),
        ])
    func recordedFields(operation: String, method: HTTPMethod, target: String) async throws {
        let recorded = try #require(try RecordedExchange.fields(of: operation))
        try await TestService.run { service in
            try await service.put("a", "hello")
            var fields: HTTPFields = [:]
            var body: [UInt8] = []
            switch operation {
            case "put blob": fields["x-ms-blob-type"] = "BlockBlob"
            case "put block":
                body = [1]
                fields["Content-MD5"] = Base64.encode(Digest.of(body.span, .md5))
            case "put block list":
                body = Array("<BlockList></BlockList>".utf8)
                fields["Content-MD5"] = Base64.encode(Digest.of(body.span, .md5))
            case "get range": fields["x-ms-range"] = "bytes=0-3"
            default: break
            }
            let answer = try await service.send(method, target, fields, body: body)
            #expect((200..<300).contains(answer.status))
            let ours = Set(answer.fields.all.map { $0.name.lowercased() })
            #expect(recorded.subtracting(ours) == [], "\(operation)")
        }
    }
}
