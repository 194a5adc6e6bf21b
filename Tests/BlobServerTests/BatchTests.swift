import AzureIdentity
import HTTPMessages
import TestSupport
import Testing

@Suite("Batches over HTTP")
struct BatchTests {
    /// A part that is signed by itself; `nil` leaves it without a credential.
    private struct Part {
        var method = HTTPMethod.delete
        /// Behind the account's name.
        var target: String
        var fields: HTTPFields = [:]
        var key: SharedKey?
        /// Some clients leave the account out of the paths of parts, and sign them so.
        var namesAccount = true
    }

    private func text(_ parts: [Part]) throws -> String {
        var text = ""
        for (index, part) in parts.enumerated() {
            let path = (part.namesAccount ? TestService.path : "") + part.target
            var request = HTTPRequest(part.method, try #require(HTTPURL("http://x\(path)")), fields: part.fields)
            part.key?.sign(&request, contentLength: 0, now: TestService.now)
            text += "--b\r\nContent-Type: application/http\r\nContent-ID: \(index)\r\n\r\n"
            text += "\(part.method.rawValue) \(path) HTTP/1.1\r\n"
            for field in request.fields.all { text += "\(field.name): \(field.value)\r\n" }
            text += "Content-Length: 0\r\n\r\n"
        }
        return text + "--b--\r\n"
    }

    private func send(
        _ service: TestService, _ parts: [Part], to target: String = "/?comp=batch"
    ) async throws -> HTTPResponse {
        let body = Array(try text(parts).utf8)
        return try await service.send(
            .post, target, ["Content-Type": "multipart/mixed; boundary=b", "Content-Length": "\(body.count)"],
            body: body)
    }

    /// Status and code of each part, in order; ids must be those of the parts.
    private func answers(_ response: HTTPResponse) throws -> [String] {
        #expect(response.status == 202)
        let type = try #require(response.fields["Content-Type"])
        let boundary = try #require(type.split(separator: "boundary=").last)
        #expect(type.hasPrefix("multipart/mixed; ") && boundary.hasPrefix("batchresponse_"))
        #expect(response.text.hasSuffix("--\(boundary)--\r\n"))
        let parts = response.text.split(separator: "--\(boundary)\r\n")
        return try parts.enumerated().map { index, part in
            #expect(part.hasPrefix("Content-Type: application/http\r\nContent-ID: \(index)\r\n\r\nHTTP/1.1 "))
            #expect(part.contains("\r\nx-ms-request-id: ") && part.contains("\r\nx-ms-version: 2021-12-02\r\n"))
            let status = try #require(part.split(separator: "HTTP/1.1 ").last?.prefix(3))
            let code = part.split(separator: "x-ms-error-code: ").dropFirst().first?.prefix { !$0.isNewline } ?? ""
            return code.isEmpty ? String(status) : "\(status) \(code)"
        }
    }

    @Test("each part has its own answer; one that fails does not keep the others from being done")
    func deletes() async throws {
        try await TestService.runOnDirectory { service in
            for name in ["a", "b", "c d", "kept"] { try await service.put(PercentCoding.encode(name), name) }
            _ = try await service.send(.put, "/box/b?comp=snapshot")
            let other = try SharedKey(account: service.key.account, base64Key: base64("wrong"))
            let response = try await send(
                service,
                [
                    Part(target: "/box/a", key: service.key), Part(target: "/box/none", key: service.key),
                    Part(target: "/box/b", key: service.key),
                    Part(target: "/box/b", fields: ["x-ms-delete-snapshots": "include"], key: service.key),
                    Part(target: "/box/kept", key: other), Part(target: "/box/kept"),
                    Part(target: "/box/kept", fields: ["If-Match": "\"0x1\""], key: service.key),
                    Part(target: "/no-such/kept", key: service.key),
                    Part(target: "/box/c%20d", key: service.key, namesAccount: false),
                    Part(target: "/devstoreaccount1-secondary/box/kept", key: service.key, namesAccount: false),
                ])
            #expect(
                try answers(response) == [
                    "202", "404 BlobNotFound", "409 SnapshotsPresent", "202", "403 AuthenticationFailed",
                    "401 NoAuthenticationInformation", "412 ConditionNotMet", "404 ContainerNotFound", "202",
                    "403 InsufficientAccountPermissions",
                ])
            #expect(response.text.contains("x-ms-delete-type-permanent: true"))
            for name in ["a", "b", "c%20d"] {
                try expect(await service.send(.get, "/box/\(name)"), 404, "BlobNotFound")
            }
            #expect(try await service.send(.get, "/box/kept").text == "kept")
        }
    }

    @Test("tiers are set by batch, of blobs and of snapshots, and in the container of the batch only")
    func tiers() async throws {
        try await TestService.runOnDirectory { service in
            try await service.put("a", "x")
            let id = try #require(try await service.send(.put, "/box/a?comp=snapshot").fields["x-ms-snapshot"])
            let parts = [("", "Archive"), ("&snapshot=\(id)", "Cool"), ("", "P10")].map { query, tier in
                Part(
                    method: .put, target: "/box/a?comp=tier\(query)", fields: ["x-ms-access-tier": tier],
                    key: service.key)
            }
            let target = "/box?restype=container&comp=batch"
            #expect(try answers(await send(service, parts, to: target)) == ["200", "200", "400 InvalidBlobTier"])
            #expect(try await service.send(.head, "/box/a").fields["x-ms-access-tier"] == "Archive")
            #expect(try await service.send(.head, "/box/a?snapshot=\(id)").fields["x-ms-access-tier"] == "Cool")
            _ = try await service.send(.put, "/other?restype=container")
            let elsewhere = Part(target: "/other/a", key: service.key)
            try expect(await send(service, [elsewhere], to: target), 400, "InvalidInput")
        }
    }

    @Test("a token counts for the part that shows it")
    func tokens() async throws {
        try await TestService.runOnDirectory { service in
            for name in ["a", "b"] { try await service.put(name, name) }
            func token(_ permissions: String) throws -> String {
                var fields = SASFields()
                (fields["sp"], fields["sv"], fields["sr"]) = (permissions, "2021-12-02", "c")
                fields["se"] = "2024-03-15T10:00:00Z"
                let box = SASResource(account: service.key.account, container: "box", blob: nil, snapshot: "")
                return try #require(SASToken.signing(fields, for: box, with: service.key)).reveal(\.encoded)
            }
            let parts = [Part(target: "/box/a?\(try token("d"))"), Part(target: "/box/b?\(try token("r"))")]
            #expect(try answers(await send(service, parts)) == ["202", "403 AuthorizationPermissionMismatch"])
            #expect(try await service.send(.get, "/box/b").text == "b")
        }
    }

    @Test("large batches that come slowly share their memory, and small ones are done meanwhile")
    func busy() async throws {
        try await TestService.runOnDirectory { service in
            try await service.put("a", "x")
            var slow: [RawConnection] = []
            let length = 4 << 20
            for _ in 0..<5 {
                let url = try #require(HTTPURL("http://127.0.0.1:\(service.port)\(TestService.path)/?comp=batch"))
                var request = HTTPRequest(
                    .post, url,
                    fields: [
                        "Host": "x", "x-ms-version": "2021-12-02", "Content-Type": "multipart/mixed; boundary=b",
                        "Content-Length": "\(length)", "Expect": "100-continue",
                    ])
                service.key.sign(&request, contentLength: length, now: TestService.now)
                var head = "POST \(url.target) HTTP/1.1\r\n"
                for field in request.fields.all { head += "\(field.name): \(field.value)\r\n" }
                let connection = try RawConnection(port: service.port)
                try await connection.send(head + "\r\n")
                slow.append(connection)
            }
            var statuses: [Int] = []
            for connection in slow { statuses.append(try await connection.head().status) }
            #expect(statuses.sorted() == [100, 100, 100, 100, 503])
            #expect(try answers(await send(service, [Part(target: "/box/a", key: service.key)])) == ["202"])
        }
    }

    @Test("nothing is done of a batch that makes no sense")
    func refused() async throws {
        try await TestService.runOnDirectory { service in
            try await service.put("a", "x")
            let delete = Part(target: "/box/a", key: service.key)
            let others = [
                Part(method: .put, target: "/box/a?comp=tier", fields: ["x-ms-access-tier": "Cool"], key: service.key),
                Part(method: .get, target: "/box/a", key: service.key),
                Part(target: "/box?restype=container", key: service.key),
                Part(method: .put, target: "/box/a?comp=metadata", key: service.key),
                Part(method: .post, target: "/box/a?comp=batch", key: service.key),
            ]
            for other in others {
                let answer = try await send(service, [delete, other])
                #expect(answer.status == 400, "\(other.target)")
            }
            #expect(try await service.send(.get, "/box/a").text == "x")
            let fields: HTTPFields = ["Content-Type": "multipart/mixed; boundary=b", "Content-Length": "3"]
            try expect(await service.send(.post, "/?comp=batch", fields, body: [1, 2, 3]), 400, "InvalidInput")
            var large = fields
            large["Content-Length"] = "\(4 << 20 | 1)"
            let zeros = [UInt8](repeating: 0, count: 4 << 20 | 1)
            try expect(await service.send(.post, "/?comp=batch", large, body: zeros), 413, "RequestBodyTooLarge")
        }
    }
}
