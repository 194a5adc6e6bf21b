import AzureIdentity
import BlobStorage
import Diagnostics
import HTTPMessages
import MarkupXML
import SystemCalls
import TestSupport
import Testing

@Suite("What the server refuses")
struct RefusalTests {
    @Test(
        "operations that are not done are refused by name",
        arguments: [
            (HTTPMethod.put, "/box/a?comp=lease", "Lease Blob"), (.put, "/box/a?comp=snapshot", "Snapshot Blob"),
            (.put, "/box/a?comp=tier", "Set Blob Tier"), (.put, "/box/a?comp=tags", "Set Blob Tags"),
            (.get, "/box/a?comp=tags", "Get Blob Tags"), (.put, "/box/a?comp=metadata", "Set Blob Metadata"),
            (.put, "/box/a?comp=properties", "Set Blob Properties"), (.put, "/box/a?comp=undelete", "Undelete Blob"),
            (.put, "/box/a?comp=appendblock", "Append Block"), (.put, "/box/a?comp=page", "Put Page"),
            (.put, "/box/a?comp=immutabilityPolicies", "Set Blob Immutability Policy"),
            (.put, "/box?restype=container&comp=acl", "Set Container ACL"),
            (.get, "/box?restype=container&comp=acl", "Get Container ACL"),
            (.put, "/box?restype=container&comp=lease", "Lease Container"),
            (.put, "/?restype=service&comp=properties", "Set Service Properties"),
            (.post, "/?restype=service&comp=userdelegationkey", "Get User Delegation Key"),
        ])
    func notImplemented(method: HTTPMethod, target: String, name: String) async throws {
        try await TestService.run { service in
            try await service.put("a", "x")
            let tag = try await service.send(.head, "/box/a").fields["ETag"]
            let answer = try await service.send(method, target)
            try expect(answer, 501, "NotImplemented")
            #expect(try answer.document.text(of: "Operation") == name)
            #expect(try await service.send(.head, "/box/a").fields["ETag"] == tag)
        }
    }

    @Test(
        "fields whose meaning would be lost are refused",
        arguments: [
            ("x-ms-structured-body", "XSM/1.0; properties=crc64", 400, "UnsupportedHeader"),
            ("x-ms-tags", "a=b", 400, "UnsupportedHeader"), ("x-ms-access-tier", "Archive", 400, "UnsupportedHeader"),
            ("x-ms-encryption-key", "AAAA", 400, "UnsupportedHeader"),
            ("x-ms-legal-hold", "true", 400, "UnsupportedHeader"),
            ("x-ms-copy-source", "http://x/y", 400, "InvalidHeaderValue"),
            ("x-ms-lease-id", "2c1e0b5e-9d7a-4a4f-8d6e-1e0b5e9d7a4a", 412, "LeaseNotPresentWithBlobOperation"),
            ("x-ms-meta-", "x", 400, "EmptyMetadataKey"), ("x-ms-meta-1a", "x", 400, "InvalidMetadata"),
            ("x-ms-meta-a-b", "x", 400, "InvalidMetadata"), ("x-ms-meta-a", "é", 400, "InvalidMetadata"),
            ("x-ms-meta-a", String(repeating: "x", count: 8192), 400, "MetadataTooLarge"),
            ("x-ms-version", "now", 400, "InvalidHeaderValue"), ("Content-MD5", "AAAA", 400, "InvalidMd5"),
            ("x-ms-content-crc64", "AAAA", 400, "InvalidHeaderValue"),
            ("x-ms-blob-content-md5", "!", 400, "InvalidHeaderValue"),
        ])
    func fields(name: String, value: String, status: Int, code: String) async throws {
        try await TestService.run { service in
            try expect(await service.put("a", "x", [name: value]), status, code)
            try expect(await service.send(.get, "/box/a"), 404, "BlobNotFound")
        }
    }

    @Test("both digests at once, a missing type and other types are refused")
    func types() async throws {
        try await TestService.run { service in
            try expect(
                await service.put("a", "x", ["Content-MD5": "AAAA", "x-ms-content-crc64": "AAAA"]), 400,
                "BothCrc64AndMd5HeaderPresent")
            try expect(await service.send(.put, "/box/a"), 400, "MissingRequiredHeader")
            try expect(await service.send(.put, "/box/a", ["x-ms-blob-type": "Cat"]), 400, "InvalidHeaderValue")
            for type in ["AppendBlob", "PageBlob"] {
                try expect(await service.send(.put, "/box/a", ["x-ms-blob-type": type]), 501, "NotImplemented")
            }
            try expect(
                await service.send(.put, "/more?restype=container", ["x-ms-blob-public-access": "blob"]), 409,
                "PublicAccessNotPermitted")
        }
    }

    @Test("snapshots and versions are never answered as if they were the blob", arguments: HTTPMethod.reading)
    func snapshots(method: HTTPMethod) async throws {
        try await TestService.run { service in
            try await service.put("a", "x")
            for name in ["snapshot", "versionid"] {
                let answer = try await service.send(method, "/box/a?\(name)=2024-03-15T09:30:00.0000000Z")
                #expect(answer.status == 400)
                #expect(answer.code == "UnsupportedQueryParameter")
            }
            #expect(try await service.send(.get, "/box/a").status == 200)
        }
    }

    @Test(
        "targets that make no sense are refused, and the server goes on",
        arguments: [
            "/box/%zz", "/box/%", "/box/%ff%fe", "/box/a%00b", "/box/%0a", "/box/a?comp=%zz", "/box/a?comp=cats",
            "/box?restype=cats", "/box/\(String(repeating: "n", count: 1025))",
            "/box/\(String(repeating: "a/", count: 300))", "//", "/box/a?restype=container&comp=block", "/?comp=cats",
            "/box/a?comp=list&restype=container&comp=list", "/%2e%2e/%2e%2e/etc/passwd?restype=container",
        ])
    func hostileTargets(target: String) async throws {
        try await TestService.run { service in
            for method in [HTTPMethod.get, .put, .head, .delete, .post, .options] {
                let answer = try await service.send(method, target)
                #expect((400...501).contains(answer.status), "\(method) \(target): \(answer.status)")
                #expect(!answer.code.isEmpty)
            }
            #expect(try await service.send(.get, "/box?restype=container").status == 200)
        }
    }

    @Test("names with dots, slashes and 1,024 characters are names like any other")
    func names() async throws {
        try await TestService.run { service in
            for name in ["..", "../../etc/passwd", "a//b", "a/", String(repeating: "n", count: 1024), "a+b", "%"] {
                let escaped = PercentCoding.encode(name)
                #expect(try await service.put(escaped, name).status == 201)
                #expect(try await service.send(.get, "/box/\(escaped)").text == name)
            }
            #expect(try await service.send(.get, "/box/a+b").text == "a+b")
            let list = try await service.send(.get, "/box?restype=container&comp=list").document
            #expect(list["Blobs"]?.children.count == 7)
        }
    }

    @Test("an account is only read by its secondary address")
    func secondary() async throws {
        try await TestService.run { service in
            try await service.put("a", "x")
            for (host, path) in [
                ("127.0.0.1", "/devstoreaccount1-secondary"), ("devstoreaccount1-secondary.blob.localhost", ""),
            ] {
                func send(_ method: HTTPMethod, _ target: String) async throws -> HTTPResponse {
                    let url = try #require(HTTPURL("http://127.0.0.1:\(service.port)\(path)\(target)"))
                    var request = HTTPRequest(method, url, fields: ["Host": host, "x-ms-version": "2021-12-02"])
                    if method == .put { request.fields["Content-Length"] = "0" }
                    service.key.sign(&request, contentLength: 0, now: TestService.now)
                    return try await service.send(plain: request)
                }
                #expect(try await send(.get, "/box/a").text == "x")
                #expect(try await send(.head, "/box/a").status == 200)
                for (method, target) in [
                    (HTTPMethod.delete, "/box/a"), (.put, "/box/a?comp=metadata"), (.put, "/new?restype=container"),
                    (.post, "/?comp=batch"),
                ] {
                    try expect(await send(method, target), 403, "InsufficientAccountPermissions")
                }
            }
            #expect(try await service.send(.get, "/box/a").text == "x")
        }
    }

    @Test("a browser that asks for another site is told no")
    func preflight() async throws {
        try await TestService.run { service in
            let url = try #require(HTTPURL("http://127.0.0.1:\(service.port)/devstoreaccount1/box/a"))
            let request = HTTPRequest(
                .options, url, fields: ["Origin": "http://x", "Access-Control-Request-Method": "PUT"])
            try expect(await service.send(plain: request), 403, "CorsPreflightFailure")
        }
    }

    @Test("a target in absolute form is that of its path, and its host counts")
    func absoluteForm() async throws {
        try await TestService.run { service in
            try await service.put("a", "x")
            func send(_ target: String, path: String, host: String = "wrong") async throws -> HTTPResponse {
                let url = try #require(HTTPURL("http://x\(path)"))
                var request = HTTPRequest(.get, url, fields: ["Host": host, "x-ms-version": "2021-12-02"])
                service.key.sign(&request, contentLength: 0, now: TestService.now)
                let connection = try RawConnection(port: service.port)
                var head = "GET \(target) HTTP/1.1\r\n"
                for field in request.fields.all { head += "\(field.name): \(field.value)\r\n" }
                try await connection.send(head + "\r\n")
                return try await connection.response()
            }
            let path = "/devstoreaccount1/box/a"
            #expect(try await send("http://localhost:1\(path)", path: path).text == "x")
            #expect(try await send("HTTP://devstoreaccount1.blob.localhost/box/a", path: "/box/a").text == "x")
            #expect(try await send("http://h?comp=list", path: "/?comp=list").code == "AuthenticationFailed")
            for target in [
                "http:/devstoreaccount1/box/a", "http://", "http://u@h\(path)", "ftp://h\(path)", "*", "box/a",
            ] {
                try expect(await send(target, path: path), 400, "InvalidUri")
            }
        }
    }

    @Test("each request has one line in the log, without its signature")
    func log() async throws {
        let lines = Monitor<[String]>([])
        let log = Log { entry in
            let text = entry.metadata.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
            lines.update { $0.append("\(entry.message) \(text)") }
        }
        try await TestService.run(log: log) { service in
            try await service.put("a", "hello")
            _ = try await service.send(.get, "/box/a")
            let url = try #require(
                HTTPURL(
                    "http://127.0.0.1:\(service.port)/devstoreaccount1/box/a?sig=c2VjcmV0&%73ig=c2VjcmV0&SIG=c2VjcmV0"))
            _ = try await service.send(plain: HTTPRequest(.get, url))
            let connection = try RawConnection(port: service.port)
            var request = HTTPRequest(.put, url, fields: ["x-ms-blob-type": "BlockBlob", "Content-Length": "1000"])
            request.url.query = ""
            service.key.sign(&request, contentLength: 1000, now: TestService.now)
            var head = "PUT \(request.url.target) HTTP/1.1\r\nHost: x\r\n"
            for field in request.fields.all { head += "\(field.name): \(field.value)\r\n" }
            try await connection.send(head + "\r\nseven b")
            connection.endSending()
            _ = try await connection.rest()
        }
        let all = lines.update { $0 }
        #expect(all.count == 4)
        #expect(all.contains { $0.contains("received=7 ") || $0.hasSuffix("received=7") })
        #expect(
            all.contains { $0.contains("operation=PutBlob") && $0.contains("status=201") && $0.contains("received=5") })
        #expect(all.contains { $0.contains("operation=GetBlob") && $0.contains("sent=5 complete=true") })
        #expect(all.contains { $0.contains("status=403") && $0.contains("code=AuthenticationFailed") })
        #expect(!all.contains { $0.contains("c2VjcmV0") })
    }
}

extension HTTPMethod {
    fileprivate static let reading: [HTTPMethod] = [.get, .head, .delete]
}
