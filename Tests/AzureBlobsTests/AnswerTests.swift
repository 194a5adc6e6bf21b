import AzureBlobs
import BlobStorage
import Diagnostics
import FoundationEssentials
import HTTPMessages
import SystemCalls
import TestSupport
import Testing

@Suite("Answers of the service")
struct AnswerTests {
    private func page(_ fixture: String, query: BlobQuery = BlobQuery()) async throws -> BlobPage {
        let bytes = try Fixtures.bytes("blob-xml/\(fixture)")
        return try await RecordingClient(.success(.document(bytes))).store().list(query)
    }

    private func error(_ response: HTTPResponse) async throws -> BlobStoreError {
        let store = try RecordingClient(.success(response)).store()
        let thrown = await #expect(throws: BlobStoreError.self) { try await store.list(BlobQuery()) }
        return try #require(thrown)
    }

    static func fixtures(_ prefix: String) -> [String] {
        (try? Fixtures.names(in: "blob-xml", suffix: ".xml").filter { $0.hasPrefix(prefix) }) ?? []
    }

    @Test("with a listing are read, every recorded one", arguments: fixtures("list__"))
    func listings(fixture: String) async throws {
        let bytes = try Fixtures.bytes("blob-xml/\(fixture)")
        let text = String(decoding: bytes, as: UTF8.self)
        if text.contains("<Containers") {
            let client = RecordingClient(.success(.document(bytes)))
            let page = try await client.account().containers(prefix: "", marker: nil, limit: 5000)
            #expect(page.containers.count == text.ranges(of: "<Container>").count - text.ranges(of: "<Deleted>").count)
            #expect((page.next == nil) == (text.contains("<NextMarker />") || !text.contains("NextMarker")))
        } else {
            let page = try await page(fixture, query: BlobQuery(includesUncommitted: true))
            let isOld: (Substring) -> Bool = { entry in
                ["<Snapshot>", "<Deleted>true", "<HasVersionsOnly>true", "<IsCurrentVersion>false"].contains(
                    where: entry.contains)
            }
            let blobs = text.split(separator: "<Blob>").dropFirst().filter { entry in
                // A version that is not current is one that does not say it is.
                !isOld(entry) && !(entry.contains("<VersionId>") && !entry.contains("<IsCurrentVersion>true"))
            }
            #expect(page.entries.count == blobs.count + text.ranges(of: "<BlobPrefix>").count)
        }
    }

    @Test("from the archive say so, with what to do, however the blob is asked for")
    func archived() async throws {
        for code in ["BlobArchived", "BlobBeingRehydrated"] {
            let refusal = HTTPResponse(status: 409, fields: ["x-ms-error-code": code])
            let store = try RecordingClient(.success(refusal)).store()
            let error = await #expect(throws: BlobStoreError.self) {
                try await [UInt8].filled(capacity: 10) { buffer in
                    _ = try await store.read(BlobName("a"), range: ByteRange(from: 0), if: .always, into: &buffer)
                }
            }
            #expect(error?.kind == .archived && error?.remedy?.contains("set-tier") == true)
        }
    }

    @Test(
        "tell the tier that was chosen",
        arguments: [
            (["x-ms-access-tier": "Archive"], .archive),
            (["x-ms-access-tier": "Cool", "x-ms-access-tier-inferred": "true"], nil), ([:], nil),
            (["x-ms-access-tier": "Hot", "x-ms-archive-status": "rehydrate-pending-to-hot"], .archive),
            (["x-ms-access-tier": "P10"], nil),
        ] as [(HTTPFields, AccessTier?)])
    func tiers(fields: HTTPFields, tier: AccessTier?) async throws {
        var answer: HTTPFields = [
            "ETag": "\"0x1\"", "Last-Modified": "Fri, 15 Mar 2024 09:30:00 GMT", "Content-Length": "5",
            "x-ms-blob-type": "AppendBlob",
        ]
        for field in fields.all { answer.append(field.name, field.value) }
        let found = try await RecordingClient(.success(HTTPResponse(status: 200, fields: answer))).store().properties(
            of: BlobName("a"), if: .always)
        #expect(found.attributes.tier == tier)
        #expect(found.service.kind == .append)
    }

    @Test("with odd names keep every character")
    func oddNames() async throws {
        let page = try await page("synthetic_list_odd_names_2021-12-02.xml")
        var names: [String] = []
        for entry in page.entries {
            switch entry {
            case .blob(let name, _): names.append(name.text)
            case .prefix(let prefix): names.append("<\(prefix)>")
            case .uncommitted(let name): names.append("(\(name))")
            }
        }
        #expect(
            names == [
                "<odd&dir/>", "<odd\u{FFFE}/>", "odd name & <tag> \"q\" 's' +%2F#?.dump", "odd\u{FFFF}name /%",
                " odd leading and trailing ", "odd备份-été-😀.dump", "odd.copying",
            ])
        #expect(page.next == "2!96!MDAwMDI3IW9kZC56enohMDAwMDI4ITk5OTktMTItMzFUMjM6NTk6NTkuOTk5OTk5OVoh")
        guard case .blob(_, let big) = page.entries[5] else {
            Issue.record("no blob")
            return
        }
        #expect(big.size == 5_368_709_121 && big.attributes.metadata == ["source": "pg16", "empty": ""])
        #expect(big.tag == ETag("\"0x8DC44D2B1A2B3C4\""))
    }

    @Test("with a block list are read", arguments: fixtures("blocklist__") + ["synthetic_blocklist_all.xml"])
    func blockLists(fixture: String) async throws {
        let bytes = try Fixtures.bytes("blob-xml/\(fixture)")
        let text = String(decoding: bytes, as: UTF8.self)
        var head = HTTPResponse.written
        head.fields["Content-Length"] = "9"
        let client = RecordingClient(.success(.document(bytes, HTTPResponse.written.fields)), .success(head))
        let list = try await client.store().blockList(of: BlobName("a"))
        #expect(list.committed.count + list.uncommitted.count == text.ranges(of: "<Block>").count)
        #expect(list.properties?.size == 9)
        #expect(client.sent.map(\.request.method) == [.get, .head])
        #expect(client.sent[1].request.fields["If-Match"] == "\"0x1\"")
    }

    @Test("with a block list are asked for again when somebody commits in between")
    func blockListRace() async throws {
        let list = HTTPResponse.document(
            Array("<BlockList><CommittedBlocks /></BlockList>".utf8), HTTPResponse.written.fields)
        var head = HTTPResponse.written
        head.fields["Content-Length"] = "9"
        let changed = HTTPResponse(status: 412, fields: ["x-ms-error-code": "ConditionNotMet"])
        let client = RecordingClient(.success(list), .success(changed), .success(list), .success(head))
        #expect(try await client.store().blockList(of: BlobName("a")).properties?.size == 9)
    }

    @Test(
        "with an error are understood, every recorded one", arguments: fixtures("error_") + fixtures("synthetic_error_")
    )
    func errors(fixture: String) async throws {
        let parts = fixture.replacing("synthetic_", with: "").replacing(".xml", with: "").split(separator: "_")
        let (status, code) = (try #require(Int(parts[1])), String(parts[2]))
        let body = try Fixtures.bytes("blob-xml/\(fixture)")
        let error = try await error(HTTPResponse(status: status, fields: ["x-ms-request-id": "r-1"], body: body))
        let service = try #require(error.service)
        #expect(service.status == status && service.code == code && service.requestID == "r-1")
        #expect(!service.message.isEmpty && !service.message.contains(where: \.isNewline))
        #expect(!service.message.contains("RequestId:"))
        #expect(error.summary.hasSuffix("(\(status) \(code), request r-1)"))
    }

    @Test("to a HEAD have a code in a field, or none")
    func heads() async throws {
        for (fields, kind) in [
            (["x-ms-error-code": "ContainerNotFound"] as HTTPFields, BlobStoreError.Kind.containerNotFound),
            (["x-ms-error-code": "BlobNotFound"], .blobNotFound), ([:], .blobNotFound),
        ] {
            let store = try RecordingClient(.success(HTTPResponse(status: 404, fields: fields))).store()
            let error = await #expect(throws: BlobStoreError.self) {
                try await store.properties(of: BlobName("a"), if: .always)
            }
            #expect(error?.kind == kind)
        }
        let store = try RecordingClient(.success(HTTPResponse(status: 404))).store()
        let error = await #expect(throws: BlobStoreError.self) { try await store.containerProperties() }
        #expect(error?.kind == .containerNotFound)
    }

    @Test("may ask to be left alone", arguments: [("Retry-After", "7", 7000), ("x-ms-retry-after-ms", "250", 250)])
    func retryAfter(name: String, value: String, milliseconds: Int64) async throws {
        var response = HTTPResponse(status: 503)
        response.fields[name] = value
        #expect(try await error(response).service?.retryAfter == .milliseconds(milliseconds))
        response.fields[name] = "Fri, 15 Mar 2024 09:30:00 GMT"
        #expect(try await error(response).service?.retryAfter == nil)
    }

    @Test(
        "that do not come are failures of the store",
        arguments: [
            (HTTPFailure.Kind.nameNotFound, BlobStoreError.Kind.unreachable), (.refused, .unreachable),
            (.tls, .unreachable), (.timedOut, .unreachable), (.broken, .unreachable), (.bodyTooLarge, .corrupt),
            (.malformed, .corrupt),
        ])
    func failures(failure: HTTPFailure.Kind, kind: BlobStoreError.Kind) async throws {
        let cause = HTTPFailure(kind: failure, peer: "h:1", detail: "d")
        let store = try RecordingClient(.failure(cause)).store()
        let error = await #expect(throws: BlobStoreError.self) { try await store.list(BlobQuery()) }
        #expect(error?.kind == kind && error?.cause as? HTTPFailure == cause)
    }

    @Test(
        "that make no sense are refused",
        arguments: [
            "", "not xml", "<Other />", "<EnumerationResults />",
            "<EnumerationResults><Blobs><Blob><Name>a</Name></Blob></Blobs></EnumerationResults>",
            "<EnumerationResults><Blobs><Blob><Name></Name><Properties /></Blob></Blobs></EnumerationResults>",
            "<EnumerationResults><Blobs><Blob><Name>a</Name><Properties><Etag>1</Etag><Content-Length>-1</Content-Length>"
                + "<Last-Modified>Fri, 15 Mar 2024 09:30:00 GMT</Last-Modified></Properties></Blob></Blobs></EnumerationResults>",
            "<EnumerationResults><Blobs /><NextMarker>m</NextMarker></EnumerationResults>",
        ])
    func nonsense(body: String) async throws {
        let store = try RecordingClient(.success(.document(Array(body.utf8)))).store()
        let error = await #expect(throws: BlobStoreError.self) { try await store.list(BlobQuery(marker: "m")) }
        #expect(error?.kind == .corrupt)
    }

    @Test(
        "with other bytes than were asked for are refused and leave the buffer alone",
        arguments: [
            (206, "bytes 0-2/10", 2), (206, "bytes 1-3/10", 3), (206, "", 3), (200, "", 2), (206, "bytes 0-1/10", 2),
        ])
    func wrongRange(status: Int, range: String, count: Int) async throws {
        var response = HTTPResponse(
            status: status, fields: HTTPResponse.written.fields, body: Array(repeating: 1, count: count))
        response.fields["Content-Range"] = range
        response.fields["Content-Length"] = "10"
        let store = try RecordingClient(.success(response)).store()
        let bytes = try await [UInt8].filled(capacity: 10) { buffer in
            do {
                _ = try await store.read(BlobName("a"), range: ByteRange(0..<3), if: .always, into: &buffer)
                Issue.record("a wrong answer was taken")
            } catch let error as BlobStoreError {
                #expect(error.kind == .corrupt)
            }
        }
        #expect(bytes.isEmpty)
    }

    @Test("with another checksum than was sent mean damage on the way")
    func echo() async throws {
        var response = HTTPResponse.written
        response.fields["x-ms-content-crc64"] = "AAAAAAAAAAE="
        let store = try RecordingClient(.success(response)).store()
        let error = await #expect(throws: BlobStoreError.self) {
            try await store.put([1].span, to: BlobName("a"), attributes: BlobAttributes(), if: .always)
        }
        #expect(error?.kind == .digestMismatch)
    }

    @Test("without a tag or time make no sense")
    func untagged() async throws {
        let store = try RecordingClient(.success(HTTPResponse(status: 201))).store()
        let error = await #expect(throws: BlobStoreError.self) {
            try await store.put([1].span, to: BlobName("a"), attributes: BlobAttributes(), if: .always)
        }
        #expect(error?.kind == .corrupt)
    }
}
