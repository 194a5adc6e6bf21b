import BlobStorage
import CryptoDigests
import HTTPMessages
import MarkupXML
import TestSupport
import Testing

@Suite("Properties, metadata, tags and tiers over HTTP")
struct AnnotationOperationTests {
    @Test("new properties and metadata take the place of the old, and change the ETag")
    func headersAndMetadata() async throws {
        try await TestService.runOnDirectory { service in
            let old = try await service.put("a", "hello", ["Content-Type": "text/plain", "x-ms-meta-a": "1"])
            let first = try await service.send(
                .put, "/box/a?comp=properties",
                ["x-ms-blob-content-encoding": "zstd", "x-ms-blob-cache-control": "no-store"])
            #expect(first.status == 200)
            let second = try await service.send(
                .put, "/box/a?comp=metadata", ["x-ms-meta-B": "2", "If-Match": first.fields["ETag"] ?? ""])
            #expect(second.status == 200)
            let found = try await service.send(.get, "/box/a")
            #expect(found.text == "hello")
            #expect(found.fields["Content-Encoding"] == "zstd" && found.fields["Cache-Control"] == "no-store")
            #expect(found.fields["Content-Type"] == "application/octet-stream")
            #expect(found.fields["Content-MD5"] == nil)
            #expect(found.fields["x-ms-meta-a"] == nil && found.fields["x-ms-meta-B"] == "2")
            #expect(found.fields["ETag"] == second.fields["ETag"])
            #expect(Set([old, first, second].map { $0.fields["ETag"] }).count == 3)
            for comp in ["properties", "metadata"] {
                try expect(
                    await service.send(.put, "/box/a?comp=\(comp)", ["If-Match": "\"0x1\""]), 412, "ConditionNotMet")
                try expect(await service.send(.put, "/box/none?comp=\(comp)"), 404, "BlobNotFound")
                try expect(await service.send(.put, "/none/a?comp=\(comp)"), 404, "ContainerNotFound")
            }
            try expect(await service.send(.put, "/box/a?comp=metadata", ["x-ms-meta-1": "x"]), 400, "InvalidMetadata")
        }
    }

    @Test("tags are given with a write or by themselves, and come back counted, as a document and in a listing")
    func tags() async throws {
        try await TestService.runOnDirectory { service in
            let put = try await service.put("a", "x", ["x-ms-tags": "b=2&a+c=%2B1&e="])
            #expect(put.status == 201)
            for method in [HTTPMethod.get, .head] {
                #expect(try await service.send(method, "/box/a").fields["x-ms-tag-count"] == "3")
            }
            #expect(try await tags(service) == [["a c", "+1"], ["b", "2"], ["e", ""]])
            let set = try await service.send(.put, "/box/a?comp=tags", body: Array(document([("k", "v")]).utf8))
            #expect(set.status == 204 && set.body.isEmpty)
            #expect(try await tags(service) == [["k", "v"]])
            #expect(try await service.send(.head, "/box/a").fields["ETag"] == put.fields["ETag"])
            try await service.put("b", "x")
            let listed = try await service.send(.get, "/box?restype=container&comp=list&include=tags").document
            let blobs = listed["Blobs"]?.all("Blob") ?? []
            #expect(blobs.map { $0["Properties"]?.text(of: "TagCount") } == ["1", nil])
            #expect(blobs.map { $0["Tags"]?["TagSet"]?["Tag"]?.text(of: "Value") } == ["v", nil])
            let plain = try await service.send(.get, "/box?restype=container&comp=list").document
            #expect(plain["Blobs"]?["Blob"]?["Tags"] == nil)
            try await service.put("a", "y")
            #expect(try await tags(service) == [])
            _ = try await service.send(.put, "/box/l?comp=block&blockid=MDE%3D", body: [1])
            let list = try await service.send(
                .put, "/box/l?comp=blocklist", ["x-ms-tags": "a=b", "x-ms-access-tier": "cool"],
                body: Array("<BlockList><Latest>MDE=</Latest></BlockList>".utf8))
            #expect(list.status == 201)
            let found = try await service.send(.head, "/box/l").fields
            #expect(found["x-ms-tag-count"] == "1" && found["x-ms-access-tier"] == "Cool")
        }
    }

    private func tags(_ service: TestService) async throws -> [[String]] {
        let document = try await service.send(.get, "/box/a?comp=tags").document
        return (document["TagSet"]?.all("Tag") ?? []).map { [$0["Key"]?.text ?? "?", $0["Value"]?.text ?? "?"] }
    }

    private func document(_ tags: [(String, String)]) -> String {
        let list = tags.map { "<Tag><Key>\($0.0)</Key><Value>\($0.1)</Value></Tag>" }.joined()
        return "<?xml version=\"1.0\" encoding=\"utf-8\"?><Tags><TagSet>\(list)</TagSet></Tags>"
    }

    @Test(
        "tags that nobody may have are refused, in a field as in a document, and nothing is changed",
        arguments: [
            ([("a", "1"), ("a", "2")], "DuplicateTagNames"), ([("", "1")], "EmptyTagName"),
            ((0...10).map { ("k\($0)", "v") }, "TagsTooLarge"),
            ([(String(repeating: "k", count: 129), "v")], "TagsTooLarge"),
            ([("k", String(repeating: "v", count: 257))], "TagsTooLarge"), ([("k", "v#")], "InvalidTag"),
            ([("ü", "v")], "InvalidTag"),
        ])
    func badTags(tags: [(String, String)], code: String) async throws {
        try await TestService.runOnDirectory { service in
            try await service.put("a", "x", ["x-ms-tags": "old=1"])
            let field = tags.map { "\(PercentCoding.encode($0.0))=\(PercentCoding.encode($0.1))" }
            try expect(await service.put("a", "y", ["x-ms-tags": field.joined(separator: "&")]), 400, code)
            try expect(
                await service.send(.put, "/box/a?comp=tags", body: Array(document(tags).utf8)), 400, code)
            #expect(try await self.tags(service) == [["old", "1"]])
            #expect(try await service.send(.get, "/box/a").text == "x")
        }
    }

    @Test(
        "documents that hold no tags are refused",
        arguments: [
            "", "<Tags", "<Tags/>", "<TagSet/>", "<Tags><TagSet><Tag><Key>a</Key></Tag></TagSet></Tags>",
            "<Tags><TagSet><Cat/></TagSet></Tags>",
        ])
    func badDocuments(text: String) async throws {
        try await TestService.runOnDirectory { service in
            try await service.put("a", "x")
            try expect(await service.send(.put, "/box/a?comp=tags", body: Array(text.utf8)), 400, "InvalidXmlDocument")
            let fields: HTTPFields = ["Content-MD5": Base64.encode([UInt8](repeating: 0, count: 16))]
            try expect(
                await service.send(.put, "/box/a?comp=tags", fields, body: Array(document([]).utf8)), 400,
                "Md5Mismatch")
        }
    }

    @Test("a tier is inferred until it is chosen; a blob in the archive is described and not read")
    func tiers() async throws {
        try await TestService.runOnDirectory { service in
            let put = try await service.put("a", "hello")
            var head = try await service.send(.head, "/box/a").fields
            #expect(head["x-ms-access-tier"] == "Hot" && head["x-ms-access-tier-inferred"] == "true")
            #expect(head["x-ms-access-tier-change-time"] == nil)
            for tier in ["Cool", "Cold", "Archive"] {
                let set = try await service.send(.put, "/box/a?comp=tier", ["x-ms-access-tier": tier])
                #expect(set.status == 200)
                head = try await service.send(.head, "/box/a").fields
                #expect(head["x-ms-access-tier"] == tier && head["x-ms-access-tier-inferred"] == nil)
                #expect(head["x-ms-access-tier-change-time"] == "Fri, 15 Mar 2024 09:30:00 GMT")
                #expect(head["ETag"] == put.fields["ETag"])
            }
            for fields in [[:], ["x-ms-range": "bytes=0-1"]] as [HTTPFields] {
                try expect(await service.send(.get, "/box/a", fields), 409, "BlobArchived")
            }
            try expect(await service.put("a", "x"), 409, "BlobArchived")
            try expect(await service.send(.put, "/box/a?comp=metadata"), 409, "BlobArchived")
            try expect(await service.send(.put, "/box/a?comp=snapshot"), 409, "BlobArchived")
            let back: HTTPFields = ["x-ms-access-tier": "Hot", "x-ms-rehydrate-priority": "High"]
            #expect(try await service.send(.put, "/box/a?comp=tier", back).status == 200)
            #expect(try await service.send(.get, "/box/a").text == "hello")
            let listed = try await service.send(.get, "/box?restype=container&comp=list").document
            let properties = try #require(listed["Blobs"]?["Blob"]?["Properties"])
            #expect(properties.text(of: "AccessTier") == "Hot" && properties["AccessTierInferred"] == nil)
            #expect(properties.text(of: "AccessTierChangeTime") == "Fri, 15 Mar 2024 09:30:00 GMT")
            for tier in ["P10", "Warm", ""] {
                try expect(
                    await service.send(.put, "/box/a?comp=tier", ["x-ms-access-tier": tier]), 400, "InvalidBlobTier")
                try expect(await service.put("new", "x", ["x-ms-access-tier": tier]), 400, "InvalidBlobTier")
            }
            try expect(await service.send(.put, "/box/a?comp=tier"), 400, "MissingRequiredHeader")
            try expect(
                await service.send(
                    .put, "/box/a?comp=tier", ["x-ms-access-tier": "Hot", "x-ms-rehydrate-priority": "Now"]), 400,
                "InvalidHeaderValue")
        }
    }

    @Test("a condition on tags is refused rather than ignored")
    func conditionOnTags() async throws {
        try await TestService.runOnDirectory { service in
            try await service.put("a", "x")
            for (method, target) in [(HTTPMethod.get, "/box/a"), (.delete, "/box/a"), (.put, "/box/a?comp=tags")] {
                try expect(
                    await service.send(method, target, ["x-ms-if-tags": "\"a\" = '1'"]), 400, "UnsupportedHeader")
            }
        }
    }
}
