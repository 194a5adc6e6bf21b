import BlobStorage
import HTTPMessages
import MarkupXML
import TestSupport
import Testing

@Suite("Snapshots and append blobs over HTTP")
struct SnapshotOperationTests {
    private func snapshot(_ service: TestService, _ name: String = "a", _ fields: HTTPFields = [:]) async throws
        -> String
    {
        let answer = try await service.send(.put, "/box/\(name)?comp=snapshot", fields)
        #expect(answer.status == 201)
        let text = try #require(answer.fields["x-ms-snapshot"])
        #expect(SnapshotID(text) != nil)
        return text
    }

    @Test("a snapshot is read, described and deleted by its id")
    func lifecycle() async throws {
        try await TestService.runOnDirectory { service in
            let put = try await service.put("a", String(repeating: "o", count: 100_000), ["x-ms-meta-m": "1"])
            let id = try await snapshot(service)
            try await service.put("a", "new")
            let kept = try await service.send(.get, "/box/a?snapshot=\(id)")
            #expect(kept.text == String(repeating: "o", count: 100_000))
            #expect(kept.fields["ETag"] == put.fields["ETag"] && kept.fields["x-ms-meta-m"] == "1")
            #expect(kept.fields["x-ms-lease-state"] == nil)
            #expect(try await service.send(.get, "/box/a?snapshot=\(id)", ["Range": "bytes=0-2"]).text == "ooo")
            #expect(try await service.send(.head, "/box/a?snapshot=\(id)").fields["Content-Length"] == "100000")
            #expect(try await service.send(.get, "/box/a?comp=metadata&snapshot=\(id)").fields["x-ms-meta-m"] == "1")
            let list = try await service.send(.get, "/box/a?comp=blocklist&snapshot=\(id)")
            #expect(list.fields["x-ms-blob-content-length"] == "100000")
            #expect(try await service.send(.get, "/box/a").text == "new")
            try expect(await service.send(.delete, "/box/a"), 409, "SnapshotsPresent")
            #expect(try await service.send(.delete, "/box/a?snapshot=\(id)").status == 202)
            try expect(await service.send(.get, "/box/a?snapshot=\(id)"), 404, "BlobNotFound")
            _ = try await snapshot(service)
            let only: HTTPFields = ["x-ms-delete-snapshots": "only"]
            #expect(try await service.send(.delete, "/box/a", only).status == 202)
            #expect(try await service.send(.get, "/box/a").text == "new")
            let own = try await snapshot(service, "a", ["x-ms-meta-own": "2"])
            let described = try await service.send(.head, "/box/a?snapshot=\(own)").fields
            #expect(described["x-ms-meta-own"] == "2")
            #expect(try await described["ETag"] != service.send(.head, "/box/a").fields["ETag"])
            let all: HTTPFields = ["x-ms-delete-snapshots": "include"]
            #expect(try await service.send(.delete, "/box/a", all).status == 202)
            for target in ["/box/a", "/box/a?snapshot=\(own)"] {
                try expect(await service.send(.get, target), 404, "BlobNotFound")
            }
        }
    }

    @Test("a snapshot is never mistaken for its blob")
    func mistakes() async throws {
        try await TestService.runOnDirectory { service in
            try await service.put("a", "x")
            let id = try await snapshot(service)
            for target in [
                "/box/a", "/box/a?comp=metadata", "/box/a?comp=properties", "/box/a?comp=tags", "/box/a?comp=snapshot",
                "/box/a?comp=block&blockid=MDE%3D", "/box/a?comp=blocklist", "/box/a?comp=lease",
            ] {
                let mark = target.contains("?") ? "&" : "?"
                try expect(
                    await service.send(.put, "\(target)\(mark)snapshot=\(id)", ["x-ms-blob-type": "BlockBlob"]), 400,
                    "UnsupportedQueryParameter")
            }
            for text in ["", "now", "2024-03-15T09:30:00Z", "2024-03-15T09:30:00.0000000Zx"] {
                for method in [HTTPMethod.get, .delete] {
                    try expect(
                        await service.send(method, "/box/a?snapshot=\(text)"), 400, "InvalidQueryParameterValue")
                }
            }
            try expect(
                await service.send(.delete, "/box/a?snapshot=\(id)", ["x-ms-delete-snapshots": "include"]), 400,
                "InvalidHeaderValue")
            try expect(await service.send(.get, "/box/a?snapshot=2024-03-15T09:30:00.9999999Z"), 404, "BlobNotFound")
            try expect(await service.send(.get, "/box/a?versionid=\(id)"), 400, "UnsupportedQueryParameter")
            #expect(try await service.send(.get, "/box/a").text == "x")
        }
    }

    @Test("snapshots are listed before their blob, in any pages, and not with a delimiter")
    func listing() async throws {
        try await TestService.runOnDirectory { service in
            try await service.put("a", "x", ["x-ms-meta-m": "1", "x-ms-tags": "k=v"])
            let ids = [try await snapshot(service), try await snapshot(service)]
            #expect(ids == ids.sorted() && ids[0] != ids[1])
            let list = "/box?restype=container&comp=list&include=metadata,snapshots,tags,copy,deleted,uncommittedblobs"
            let whole = try await service.send(.get, list).document["Blobs"]?.all("Blob") ?? []
            #expect(whole.map { $0.text(of: "Snapshot") } == [ids[0], ids[1], nil])
            #expect(whole.allSatisfy { $0["Metadata"]?.text(of: "m") == "1" && $0["Tags"] != nil })
            #expect(whole.map { $0["Properties"]?["LeaseState"] == nil } == [true, true, false])
            var found: [String?] = []
            var marker: String? = ""
            while let next = marker {
                let page = try await service.send(
                    .get, "\(list)&maxresults=1&marker=\(PercentCoding.encode(next))"
                ).document
                found += (page["Blobs"]?.all("Blob") ?? []).map { $0.text(of: "Snapshot") }
                marker = page.text(of: "NextMarker")
            }
            #expect(found == [ids[0], ids[1], nil])
            try expect(await service.send(.get, "\(list)&delimiter=/"), 400, "InvalidQueryParameterValue")
            for name in ["versions", "deletedwithversions", "immutabilitypolicy", "legalhold", "permissions"] {
                try expect(
                    await service.send(.get, "/box?restype=container&comp=list&include=\(name)"), 400,
                    "UnsupportedQueryParameter")
            }
        }
    }

    @Test("an append blob is made, appended to under conditions, and sealed")
    func appending() async throws {
        try await TestService.runOnDirectory { service in
            let type: HTTPFields = ["x-ms-blob-type": "AppendBlob", "x-ms-meta-m": "1"]
            #expect(try await service.send(.put, "/box/log", type).status == 201)
            try expect(await service.send(.put, "/box/log", type, body: [1]), 400, "InvalidHeaderValue")
            let first = try await service.send(
                .put, "/box/log?comp=appendblock", ["x-ms-blob-condition-appendpos": "0"], body: Array("one".utf8))
            #expect(first.status == 201)
            #expect(first.fields["x-ms-blob-append-offset"] == "0")
            #expect(first.fields["x-ms-blob-committed-block-count"] == "1")
            #expect(first.fields["x-ms-content-crc64"] != nil)
            let body = Array("two".utf8)
            for (name, value, status, code) in [
                ("x-ms-blob-condition-appendpos", "0", 412, "AppendPositionConditionNotMet"),
                ("x-ms-blob-condition-maxsize", "5", 412, "MaxBlobSizeConditionNotMet"),
                ("x-ms-blob-condition-maxsize", "-1", 400, "InvalidHeaderValue"),
                ("x-ms-content-crc64", "AAAAAAAAAAA=", 400, "Crc64Mismatch"),
                ("If-Match", "\"0x1\"", 412, "ConditionNotMet"),
            ] {
                try expect(
                    await service.send(.put, "/box/log?comp=appendblock", [name: value], body: body), status, code)
            }
            try expect(await service.send(.put, "/box/log?comp=appendblock"), 400, "InvalidHeaderValue")
            let second = try await service.send(
                .put, "/box/log?comp=appendblock", ["x-ms-blob-condition-maxsize": "6"], body: body)
            #expect(second.fields["x-ms-blob-append-offset"] == "3")
            var found = try await service.send(.get, "/box/log")
            #expect(found.text == "onetwo" && found.fields["x-ms-blob-type"] == "AppendBlob")
            #expect(found.fields["x-ms-blob-committed-block-count"] == "2")
            #expect(found.fields["x-ms-blob-sealed"] == "false" && found.fields["x-ms-meta-m"] == "1")
            let sealed = try await service.send(
                .put, "/box/log?comp=seal", ["x-ms-blob-condition-appendpos": "6"])
            #expect(sealed.status == 200 && sealed.fields["x-ms-blob-sealed"] == "true")
            try expect(await service.send(.put, "/box/log?comp=appendblock", body: body), 409, "BlobIsSealed")
            found = try await service.send(.head, "/box/log")
            #expect(found.fields["x-ms-blob-sealed"] == "true" && found.fields["x-ms-access-tier"] == nil)
            let listed = try await service.send(.get, "/box?restype=container&comp=list").document
            let properties = try #require(listed["Blobs"]?["Blob"]?["Properties"])
            #expect(properties.text(of: "BlobType") == "AppendBlob" && properties.text(of: "Sealed") == "true")
            #expect(properties["AccessTier"] == nil)
        }
    }

    @Test("operations on blobs of another kind are refused")
    func kinds() async throws {
        try await TestService.runOnDirectory { service in
            #expect(try await service.send(.put, "/box/log", ["x-ms-blob-type": "AppendBlob"]).status == 201)
            try await service.put("a", "x")
            let list = Array("<BlockList/>".utf8)
            for (method, target, fields, body) in [
                (HTTPMethod.put, "/box/log", ["x-ms-blob-type": "BlockBlob"], [1]),
                (.put, "/box/log?comp=block&blockid=MDE%3D", [:], [1]), (.put, "/box/log?comp=blocklist", [:], list),
                (.get, "/box/log?comp=blocklist", [:], []),
                (.put, "/box/log?comp=tier", ["x-ms-access-tier": "Cool"], []),
                (.put, "/box/a", ["x-ms-blob-type": "AppendBlob"], []),
                (.put, "/box/a?comp=appendblock", [:], [1]), (.put, "/box/a?comp=seal", [:], []),
            ] as [(HTTPMethod, String, HTTPFields, [UInt8])] {
                try expect(await service.send(method, target, fields, body: body), 409, "InvalidBlobType")
            }
            try expect(
                await service.send(
                    .put, "/box/new", ["x-ms-blob-type": "AppendBlob", "x-ms-access-tier": "Cool"]), 400,
                "UnsupportedHeader")
        }
    }
}
