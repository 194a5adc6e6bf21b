import AzureIdentity
import BlobStorage
import FoundationEssentials
import HTTPMessages
import MarkupXML
import TestSupport
import Testing

@Suite("Authorization of the server")
struct AuthorizationTests {
    private func url(_ service: TestService, _ target: String) throws -> HTTPURL {
        try #require(HTTPURL("http://127.0.0.1:\(service.port)/devstoreaccount1\(target)"))
    }

    @Test("a wrong signature is refused, and the string that was signed is told")
    func wrongKey() async throws {
        try await TestService.run { service in
            let key = try SharedKey(account: "devstoreaccount1", base64Key: base64("wrong"))
            var request = HTTPRequest(.get, try url(service, "/box?restype=container"))
            key.sign(&request, contentLength: 0, now: TestService.now)
            let answer = try await service.send(plain: request)
            try expect(answer, 403, "AuthenticationFailed")
            let detail = try answer.document.text(of: "AuthenticationErrorDetail") ?? ""
            #expect(detail.contains("/devstoreaccount1/devstoreaccount1/box\nrestype:container"))
        }
    }

    @Test("a clock more than 15 minutes off is refused", arguments: [-901.0, 901.0])
    func skew(seconds: Double) async throws {
        try await TestService.run { service in
            var request = HTTPRequest(.get, try url(service, "/box?restype=container"))
            service.key.sign(&request, contentLength: 0, now: TestService.now.addingTimeInterval(seconds))
            try expect(await service.send(plain: request), 403, "AuthenticationFailed")
            service.key.sign(&request, contentLength: 0, now: TestService.now.addingTimeInterval(seconds * 0.99))
            #expect(try await service.send(plain: request).status == 200)
        }
    }

    @Test("what was changed after signing is refused")
    func changed() async throws {
        try await TestService.run { service in
            try await service.put("a", "x")
            var request = HTTPRequest(.get, try url(service, "/box/a"), fields: ["x-ms-version": "2021-12-02"])
            service.key.sign(&request, contentLength: 0, now: TestService.now)
            var other = request
            other.method = .delete
            try expect(await service.send(plain: other), 403, "AuthenticationFailed")
            other = request
            other.fields["x-ms-range"] = "bytes=0-0"
            try expect(await service.send(plain: other), 403, "AuthenticationFailed")
            other = request
            other.url.path += "b"
            try expect(await service.send(plain: other), 403, "AuthenticationFailed")
            #expect(try await service.send(plain: request).status == 200)
        }
    }

    @Test(
        "headers that are no authorization are refused",
        arguments: ["SharedKey", "SharedKey a", "SharedKey devstoreaccount1:", "Basic eDp5", "SharedKey :AAAA", "🦊"])
    func malformed(header: String) async throws {
        try await TestService.run { service in
            let request = HTTPRequest(
                .get, try url(service, "/box?restype=container"), fields: ["Authorization": header])
            try expect(await service.send(plain: request), 400, "InvalidAuthenticationInfo")
        }
    }

    @Test("another account and a bearer token are refused")
    func others() async throws {
        try await TestService.run { service in
            var request = HTTPRequest(
                .get, try url(service, "/box?restype=container"), fields: ["Authorization": "Bearer x"])
            try expect(await service.send(plain: request), 403, "AuthenticationFailed")
            let key = try SharedKey(account: "somebody", base64Key: base64("wrong"))
            key.sign(&request, contentLength: 0, now: TestService.now)
            try expect(await service.send(plain: request), 403, "AuthenticationFailed")
            request.url.path = "/somebody/box"
            try expect(await service.send(plain: request), 403, "AuthenticationFailed")
        }
    }

    @Test("nobody without a credential learns what is there")
    func anonymous() async throws {
        try await TestService.run { service in
            try await service.put("a", "x")
            for target in ["/box/a", "/box/b", "/no-such?restype=container"] {
                try expect(
                    await service.send(plain: HTTPRequest(.get, try url(service, target))), 404, "ResourceNotFound")
            }
            let write = try await service.send(plain: HTTPRequest(.delete, try url(service, "/box/a")))
            try expect(write, 401, "NoAuthenticationInformation")
            #expect(write.fields["WWW-Authenticate"] != nil)
            #expect(try await service.send(.get, "/box/a").text == "x")
        }
    }

    /// A token for `box/a`, or for the whole of `box`.
    private func token(
        _ service: TestService, _ permissions: String, resource: String = "b", blob: String = "a",
        _ change: (inout SASFields) -> Void = { _ in }
    ) throws -> String {
        var fields = SASFields()
        fields["sp"] = permissions
        fields["sv"] = "2021-12-02"
        fields["sr"] = resource
        fields["se"] = "2024-03-15T10:00:00Z"
        change(&fields)
        let named = SASResource(
            account: "devstoreaccount1", container: "box", blob: resource == "c" ? nil : blob, snapshot: "")
        let token = try #require(SASToken.signing(fields, for: named, with: service.key))
        return token.reveal(\.encoded)
    }

    private func send(
        _ service: TestService, _ method: HTTPMethod, _ target: String, _ fields: HTTPFields = [:], body: String = ""
    ) async throws -> HTTPResponse {
        var fields = fields
        if method == .put { fields["Content-Length"] = "\(body.utf8.count)" }
        return try await service.send(
            plain: HTTPRequest(method, try url(service, target), fields: fields), body: Array(body.utf8))
    }

    @Test("a token allows what it says and nothing else")
    func tokens() async throws {
        try await TestService.run { service in
            try await service.put("a", "x")
            let read = try token(service, "r")
            #expect(try await send(service, .get, "/box/a?\(read)").text == "x")
            #expect(try await send(service, .get, "/box/a?\(read)").fields["x-ms-version"] == "2021-12-02")
            try expect(await send(service, .delete, "/box/a?\(read)"), 403, "AuthorizationPermissionMismatch")
            try expect(await send(service, .get, "/box/b?\(read)"), 403, "AuthenticationFailed")
            try expect(
                await send(service, .get, "/box?restype=container&comp=list&\(read)"), 403,
                "AuthorizationResourceTypeMismatch")
            let list = try token(service, "l", resource: "c")
            #expect(try await send(service, .get, "/box?restype=container&comp=list&\(list)").status == 200)
            try expect(await send(service, .get, "/box/a?\(list)"), 403, "AuthorizationPermissionMismatch")
            let renamed = try token(service, "r") { $0["rsct"] = "x/y" }
            #expect(try await send(service, .get, "/box/a?\(renamed)").fields["Content-Type"] == "x/y")
            let broken = try token(service, "r") { $0["rscd"] = "a\r\nx-ms-more: b" }
            try expect(await send(service, .get, "/box/a?\(broken)"), 400, "InvalidQueryParameterValue")
            try expect(
                await send(service, .get, "/box/a?\(read.replacing("sp=r", with: "sp=rd"))"), 403,
                "AuthenticationFailed")
        }
    }

    @Test("the terms of a token are kept")
    func terms() async throws {
        try await TestService.run { service in
            try await service.put("a", "x")
            let cases: [((inout SASFields) -> Void, String)] = [
                ({ $0["se"] = "2024-03-15T09:30:00Z" }, "AuthenticationFailed"),
                ({ $0["st"] = "2024-03-15T09:30:01Z" }, "AuthenticationFailed"),
                ({ $0["spr"] = "https" }, "AuthorizationProtocolMismatch"),
                ({ $0["sip"] = "10.0.0.1" }, "AuthorizationSourceIPMismatch"),
                ({ $0["si"] = "policy" }, "AuthenticationFailed"),
            ]
            for (change, code) in cases {
                try expect(await send(service, .get, "/box/a?\(try token(service, "r", change))"), 403, code)
            }
            let fine = try token(service, "r") { fields in
                fields["st"] = "2024-03-15"
                fields["sip"] = "127.0.0.1-127.0.0.9"
                fields["spr"] = "https,http"
            }
            #expect(try await send(service, .get, "/box/a?\(fine)").status == 200)
        }
    }

    @Test("a token that may only create never overwrites")
    func create() async throws {
        try await TestService.run { service in
            try await service.put("a", "old")
            let old = try token(service, "c")
            let new = try token(service, "c", blob: "new")
            let type: HTTPFields = ["x-ms-blob-type": "BlockBlob"]
            try expect(
                await send(service, .put, "/box/a?\(old)", type, body: "x"), 403, "UnauthorizedBlobOverwrite")
            try expect(
                await send(service, .put, "/box/a?comp=block&blockid=MDE%3D&\(old)", body: "x"), 403,
                "UnauthorizedBlobOverwrite")
            try expect(
                await send(service, .put, "/box/a?comp=blocklist&\(old)", body: "<BlockList/>"), 403,
                "UnauthorizedBlobOverwrite")
            #expect(try await send(service, .put, "/box/new?\(new)", type, body: "x").status == 201)
            #expect(try await service.send(.get, "/box/a").text == "old")
        }
    }

    @Test("a token needs the letter for tags to give them with a write, or to list them")
    func tags() async throws {
        try await TestService.runOnDirectory { service in
            let write: HTTPFields = ["x-ms-blob-type": "BlockBlob", "x-ms-tags": "a=b"]
            let list = "/box?restype=container&comp=list&include=metadata,tags"
            for (letters, allowed) in [("wl", false), ("wlt", true)] {
                let token = try token(service, letters, resource: "c")
                for answer in [
                    try await send(service, .put, "/box/a?\(token)", write, body: "x"),
                    try await send(service, .get, "\(list)&\(token)"),
                ] {
                    #expect(answer.code == (allowed ? "" : "AuthorizationPermissionMismatch"))
                }
                #expect(try await send(service, .get, "/box?restype=container&comp=list&\(token)").status == 200)
            }
        }
    }

    @Test("what a token's signature does not cover changes no field of the answer")
    func overrides() async throws {
        try await TestService.run { service in
            try await service.put("a", "x")
            let read = try token(service, "r")
            let plain = "application/octet-stream"
            for field in ["RSCT", "Rsct"] {
                let answer = try await send(service, .get, "/box/a?\(field)=text/html&\(read)")
                #expect(answer.status == 200)
                #expect(answer.fields["Content-Type"] == plain)
            }
            try expect(await send(service, .get, "/box/a?rsct=text/html&\(read)"), 403, "AuthenticationFailed")
            var fields = SASFields()
            for (name, value) in [("sp", "r"), ("ss", "b"), ("srt", "o"), ("sv", "2021-12-02"), ("se", "2024-03-16")] {
                fields[name] = value
            }
            let account = try #require(SASToken.signing(fields, forAccountOf: service.key)).reveal(\.encoded)
            let answer = try await send(service, .get, "/box/a?rsct=text/html&\(account)")
            #expect(answer.text == "x")
            #expect(answer.fields["Content-Type"] == plain)
        }
    }

    @Test(
        "a token that may only create does not overwrite what came while its body was sent",
        arguments: ["If-None-Match: \"0x1\"", "If-Modified-Since: Tue, 14 Nov 2023 22:13:20 GMT"])
    func slowCreation(condition: String) async throws {
        try await TestService.run { service in
            let connection = try RawConnection(port: service.port)
            let target = try url(service, "/box/a?comp=blocklist&\(try token(service, "c"))").target
            try await connection.send(
                "PUT \(target) HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\nExpect: 100-continue\r\n\(condition)\r\n\r\n"
            )
            // The server has judged the token before it asks for the body.
            #expect(try await connection.head().status == 100)
            try await service.put("a", "kept")
            try await connection.send("<BlockList/>")
            try expect(await connection.response(), 409, "BlobAlreadyExists")
            #expect(try await service.send(.get, "/box/a").text == "kept")
        }
    }

    @Test("the account can be in the host's name")
    func hostStyle() async throws {
        try await TestService.run { service in
            try await service.put("a", "x")
            let url = try #require(HTTPURL("http://devstoreaccount1.blob.localhost:\(service.port)/box/a"))
            var request = HTTPRequest(.get, url)
            service.key.sign(&request, contentLength: 0, now: TestService.now)
            #expect(try await service.send(plain: request).text == "x")
        }
    }
}
