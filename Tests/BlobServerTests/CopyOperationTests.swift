import BlobStorage
import CryptoDigests
import FoundationEssentials
import HTTPMessages
import TestSupport
import Testing

@Suite("Copies within the server")
struct CopyOperationTests {
    @Test("are done at once in one account, and tell where they come from")
    func sameAccount() async throws {
        try await CopyService.run { service in
            try await service.client.put(
                "source", "bytes", ["x-ms-blob-content-type": "x/y", "x-ms-meta-one": "1", "x-ms-tags": "a=b"])
            let answer = try await service.copy(service.url("source"), to: "a")
            #expect(answer.status == 202)
            #expect(answer.fields["x-ms-copy-status"] == "success")
            let id = try #require(answer.fields["x-ms-copy-id"])
            let found = try await service.head("a")
            #expect(found.fields["ETag"] == answer.fields["ETag"])
            #expect(found.fields["x-ms-copy-id"] == id)
            #expect(found.fields["x-ms-copy-status"] == "success")
            #expect(found.fields["x-ms-copy-progress"] == "5/5")
            #expect(found.fields["x-ms-copy-source"] == service.url("source"))
            #expect(found.fields["x-ms-copy-completion-time"] == HTTPDate.format(TestService.now))
            #expect(found.fields["Content-Type"] == "x/y")
            #expect(found.fields["Content-MD5"] == Base64.encode(Digest.of(Array("bytes".utf8).span, .md5)))
            #expect(found.fields["x-ms-meta-one"] == "1")
            #expect(found.fields["x-ms-tag-count"] == nil)
            #expect(try await service.client.send(.get, "/box/a").text == "bytes")
            let listed = try await service.client.send(.get, "/box?restype=container&comp=list&include=copy").text
            #expect(listed.contains("<CopyId>\(id)</CopyId>") && listed.contains("<CopyStatus>success</CopyStatus>"))
            let plain = try await service.client.send(.get, "/box?restype=container&comp=list").text
            #expect(!plain.contains("CopyId"))
            try await service.client.put("a", "new")
            #expect(try await service.head("a").fields["x-ms-copy-id"] == nil)
        }
    }

    @Test("take metadata, tags and tier as the request says")
    func described() async throws {
        try await CopyService.run { service in
            try await service.client.put(
                "source", "bytes", ["x-ms-blob-content-type": "x/y", "x-ms-meta-one": "1", "x-ms-tags": "a=b"])
            let given: HTTPFields = ["x-ms-meta-two": "2", "x-ms-tags": "c=d&e=f", "x-ms-access-tier": "Cool"]
            for (name, answer) in [
                ("a", try await service.copy(service.url("source"), to: "a", given)),
                ("b", try await service.copyNow(service.url("source"), to: "b", given)),
                ("c", try await service.putBlob("c", from: service.signedURL("source"), given)),
            ] {
                #expect([201, 202].contains(answer.status))
                let found = try await service.head(name).fields
                #expect(found["Content-Type"] == "x/y" && found["x-ms-access-tier"] == "Cool")
                #expect(found["x-ms-meta-one"] == nil && found["x-ms-meta-two"] == "2")
                #expect(found["x-ms-tag-count"] == "2")
                #expect((found["x-ms-copy-status"] == nil) == (name == "c"))
            }
            let tagged = try await service.copyNow(
                service.signedURL("source", permissions: "rt"), to: "d", ["x-ms-copy-source-tag-option": "COPY"])
            #expect(tagged.status == 202)
            #expect(try await service.head("d").fields["x-ms-tag-count"] == "1")
            try expect(
                try await service.copyNow(
                    service.signedURL("source"), to: "e", ["x-ms-copy-source-tag-option": "COPY"]), 403,
                "CannotVerifyCopySource")
            for (permissions, status) in [("cw", 403), ("cwt", 202)] {
                let token = try CopyService.token("t", service.client.key, permissions)
                let url = try #require(HTTPURL(service.url("t") + "?" + token))
                let copied = try await service.client.send(
                    plain: HTTPRequest(
                        .put, url,
                        fields: [
                            "x-ms-copy-source": service.signedURL("source", permissions: "rt"),
                            "x-ms-requires-sync": "true", "x-ms-copy-source-tag-option": "copy", "Content-Length": "0",
                        ]))
                #expect(copied.status == status, "\(permissions): \(copied.text)")
            }
            let own: HTTPFields = [
                "x-ms-copy-source-blob-properties": "false", "x-ms-blob-content-language": "de",
            ]
            _ = try await service.putBlob("f", from: service.signedURL("source"), own)
            let found = try await service.head("f").fields
            #expect(found["Content-Type"] == "application/octet-stream" && found["Content-Language"] == "de")
            #expect(found["x-ms-meta-one"] == nil)
        }
    }

    @Test("need a right to read the source: by the account's key for Copy Blob, otherwise by a token or for everybody")
    func authorized() async throws {
        try await CopyService.run { service in
            try await service.client.put("source", "bytes")
            _ = try await service.makeOther()
            let plainOther = try service.otherURL("source").prefix { $0 != "?" }
            let refusals = [
                try await service.putBlob("a", from: service.url("source")),
                try await service.putBlock("a", from: service.url("source")),
                try await service.copy(String(plainOther), to: "a"),
                try await service.copyNow(String(plainOther), to: "a"),
                try await service.copy(service.otherURL("source", permissions: "w"), to: "a"),
                try await service.copy(service.otherURL("source") + "x", to: "a"),
                try await service.copy("http://127.0.0.1:\(service.client.port)/nobody/box/a", to: "a"),
            ]
            for (index, answer) in refusals.enumerated() {
                #expect(answer.code == "CannotVerifyCopySource", "\(index)")
                #expect([403, 404].contains(answer.status), "\(index)")
                #expect(answer.fields["x-ms-copy-source-status-code"] != nil, "\(index)")
            }
            #expect(refusals[4].fields["x-ms-copy-source-error-code"] == "AuthorizationPermissionMismatch")
            try expect(try await service.head("a"), 404, "BlobNotFound")
            #expect(try await service.putBlob("a", from: service.signedURL("source")).status == 201)
            let managed = try #require(service.other as? any ManagedContainer)
            _ = try await managed.setAccess(ContainerAccess(publicAccess: .blobs, policies: []), if: .always)
            #expect(try await service.putBlob("b", from: String(plainOther)).status == 201)
        }
    }

    @Test("by a token of the destination may read no source by its name, and overwrite nothing if they may only create")
    func token() async throws {
        try await CopyService.run { service in
            try await service.client.put("source", "bytes")
            let token = try CopyService.token("a", service.client.key, "c")
            func copy(_ source: String) async throws -> HTTPResponse {
                let url = try #require(HTTPURL(service.url("a") + "?" + token))
                let fields: HTTPFields = ["x-ms-copy-source": source, "Content-Length": "0"]
                return try await service.client.send(plain: HTTPRequest(.put, url, fields: fields))
            }
            #expect(try await copy(service.url("source")).code == "CannotVerifyCopySource")
            #expect(try await copy(service.signedURL("source")).status == 202)
            try expect(try await copy(service.signedURL("source")), 403, "UnauthorizedBlobOverwrite")
        }
    }

    @Test("from another account are pending first, and then there")
    func otherAccount() async throws {
        try await CopyService.run(outside: false) { service in
            let attributes = BlobAttributes(contentType: "x/y", metadata: ["m": "1"])
            let bytes = try await service.makeOther(attributes: attributes)
            let answer = try await service.copy(service.otherURL("source"), to: "a")
            #expect(answer.status == 202 && answer.fields["x-ms-copy-status"] == "pending")
            let found = try await service.settled("a").fields
            #expect(found["x-ms-copy-status"] == "success")
            #expect(found["x-ms-copy-progress"] == "\(bytes.count)/\(bytes.count)")
            #expect(found["x-ms-copy-source"]?.contains("sig") == false)
            #expect(found["Content-Type"] == "x/y" && found["x-ms-meta-m"] == "1")
            #expect(found["ETag"] != answer.fields["ETag"])
            #expect(try await service.bytes("a") == bytes)
            #expect(try await service.copyNow(service.otherURL("source"), to: "b").status == 202)
            #expect(try await service.bytes("b") == bytes)
        }
    }

    @Test("of ranges become blocks, clipped at the end")
    func blocks() async throws {
        try await CopyService.run { service in
            let bytes = try await service.makeOther()
            for (source, name) in [(try service.otherURL("source"), "a"), (try service.otherURL("source"), "b")] {
                let range = name == "a" ? "bytes=4194300-4194309" : "bytes=9437180-9999999"
                let answer = try await service.putBlock(name, from: source, ["x-ms-source-range": range])
                #expect(answer.status == 201 && answer.fields["x-ms-content-crc64"] != nil)
                let list = Array("<BlockList><Latest>AAAA</Latest></BlockList>".utf8)
                #expect(try await service.client.send(.put, "/box/\(name)?comp=blocklist", body: list).status == 201)
            }
            #expect(try await service.bytes("a") == Array(bytes[4_194_300...4_194_309]))
            #expect(try await service.bytes("b") == Array(bytes[9_437_180...]))
            // In the same account nothing is read, so there is no digest to tell.
            let shared = try await service.putBlock(
                "c", from: service.signedURL("a"), ["x-ms-source-range": "bytes=2-4"])
            #expect(shared.status == 201 && shared.fields["x-ms-content-crc64"] == nil)
            let list = Array("<BlockList><Latest>AAAA</Latest></BlockList>".utf8)
            _ = try await service.client.send(.put, "/box/c?comp=blocklist", body: list)
            #expect(try await service.bytes("c") == Array(bytes[4_194_302...4_194_304]))
            let beyond = try await service.putBlock(
                "c", from: service.signedURL("a"), ["x-ms-source-range": "bytes=10-"])
            try expect(beyond, 416, "CannotVerifyCopySource")
            #expect(beyond.fields["x-ms-copy-source-error-code"] == "InvalidRange")
        }
    }

    @Test("check the source's digest, and make nothing if it is wrong")
    func digests() async throws {
        try await CopyService.run { service in
            try await service.client.put("source", "bytes")
            let source = try service.signedURL("source")
            let right = Base64.encode(Digest.of(Array("bytes".utf8).span, .md5))
            let wrong = Base64.encode([UInt8](repeating: 0, count: 16))
            for digest in [right, wrong] {
                let fields: HTTPFields = ["x-ms-source-content-md5": digest]
                for answer in [
                    try await service.putBlob("a", from: source, fields),
                    try await service.putBlock("b", from: source, fields),
                    try await service.copyNow(source, to: "c", fields),
                ] {
                    if digest == right {
                        #expect([201, 202].contains(answer.status))
                        #expect(answer.fields["Content-MD5"] == right)
                    } else {
                        try expect(answer, 400, "Md5Mismatch")
                    }
                }
                for name in ["a", "b", "c"] { _ = try await service.client.send(.delete, "/box/\(name)") }
            }
            try expect(
                try await service.putBlob("a", from: source, ["x-ms-source-content-crc64": "AAAAAAAAAAA="]), 400,
                "Crc64Mismatch")
            try expect(try await service.head("a"), 404, "BlobNotFound")
        }
    }

    @Test("heed the conditions of the source and of the destination, and its lease")
    func conditions() async throws {
        try await CopyService.run { service in
            let tag = try #require(try await service.client.put("source", "bytes").fields["ETag"])
            let source = try service.signedURL("source")
            try expect(
                try await service.copy(source, to: "a", ["x-ms-source-if-match": "\"0x1\""]), 412,
                "SourceConditionNotMet")
            try expect(
                try await service.copy(source, to: "a", ["x-ms-source-if-none-match": tag]), 412,
                "SourceConditionNotMet")
            try expect(
                try await service.putBlob("a", from: source, ["x-ms-source-if-match": "\"0x1\""]), 412,
                "CannotVerifyCopySource")
            try expect(
                try await service.putBlock("a", from: source, ["x-ms-source-if-none-match": tag]), 412,
                "CannotVerifyCopySource")
            let fine: HTTPFields = ["x-ms-source-if-match": tag, "If-None-Match": "*"]
            #expect(try await service.copy(source, to: "a", fine).status == 202)
            try expect(try await service.copy(source, to: "a", fine), 409, "BlobAlreadyExists")
            try expect(
                try await service.putBlob("a", from: source, ["If-Match": tag]), 412, "ConditionNotMet")
            let leased = try await service.client.lease("/box/a", "acquire", ["x-ms-lease-duration": "-1"])
            let lease = try #require(leased.fields["x-ms-lease-id"])
            try expect(try await service.copy(source, to: "a"), 412, "LeaseIdMissing")
            try expect(try await service.putBlock("a", from: source), 412, "LeaseIdMissing")
            try expect(try await service.putBlob("a", from: source), 412, "LeaseIdMissing")
            #expect(try await service.copy(source, to: "a", ["x-ms-lease-id": lease]).status == 202)
            #expect(try await service.putBlock("a", from: source, ["x-ms-lease-id": lease]).status == 201)
        }
    }

    @Test("read snapshots, and nothing from the archive")
    func snapshotsAndArchive() async throws {
        try await CopyService.run { service in
            try await service.client.put("source", "old")
            let snapshot = try #require(
                try await service.client.send(.put, "/box/source?comp=snapshot").fields["x-ms-snapshot"])
            try await service.client.put("source", "new")
            #expect(try await service.copy(service.url("source") + "?snapshot=\(snapshot)", to: "a").status == 202)
            #expect(try await service.client.send(.get, "/box/a").text == "old")
            #expect(try await service.copy(service.url("source") + "?snapshot=\(snapshot)", to: "source").status == 202)
            #expect(try await service.client.send(.get, "/box/source").text == "old")
            _ = try await service.client.send(.put, "/box/source?comp=tier", ["x-ms-access-tier": "Archive"])
            let refused = try await service.copy(service.url("source"), to: "b")
            try expect(refused, 409, "CannotVerifyCopySource")
            #expect(refused.fields["x-ms-copy-source-error-code"] == "BlobArchived")
            try expect(try await service.copy(service.url("nothing"), to: "b"), 404, "CannotVerifyCopySource")
            try expect(try await service.head("b"), 404, "BlobNotFound")
        }
    }

    @Test("are refused where they make no sense, without repeating secrets")
    func refused() async throws {
        try await CopyService.run { service in
            for url in ["ftp://host/a", "file:///etc/passwd", "/devstoreaccount1/box/a", "http://a b/", "gopher://x"] {
                try expect(try await service.putBlob("a", from: url), 400, "InvalidHeaderValue")
            }
            let long = try await service.putBlob("a", from: "http://h/a?sig=" + String(repeating: "s", count: 2048))
            try expect(long, 400, "InvalidHeaderValue")
            #expect(!long.text.contains("ssss"))
            let bearer: HTTPFields = ["x-ms-copy-source-authorization": "Bearer hidden-token"]
            for (answer, status, code) in [
                (try await service.putBlob("a", from: service.url("source"), bearer), 403, "CannotVerifyCopySource"),
                (try await service.copy(service.url("source"), to: "a", bearer), 400, "UnsupportedHeader"),
                (
                    try await service.putBlob(
                        "a", from: service.url("source"), ["x-ms-copy-source-authorization": "Basic hidden-token"]),
                    400, "InvalidHeaderValue"
                ),
            ] {
                try expect(answer, status, code)
                #expect(!answer.text.contains("hidden-token"))
            }
            try expect(
                try await service.client.send(.put, "/box/a?comp=copy&copyid=x", ["x-ms-copy-action": "start"]), 400,
                "InvalidHeaderValue")
            try expect(
                try await service.client.send(.put, "/box/a?comp=copy", ["x-ms-copy-action": "abort"]), 400,
                "MissingRequiredQueryParameter")
            try await service.client.put("a", "x")
            try expect(
                try await service.client.send(.put, "/box/a?comp=copy&copyid=x", ["x-ms-copy-action": "abort"]), 409,
                "NoPendingCopyOperation")
        }
    }
}
