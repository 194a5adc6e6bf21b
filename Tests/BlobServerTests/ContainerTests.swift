import BlobStorage
import HTTPMessages
import MarkupXML
import TestSupport
import Testing

@Suite("Containers and listings of the server")
struct ContainerTests {
    @Test("a container is made, described and deleted")
    func lifecycle() async throws {
        try await TestService.run { service in
            let made = try await service.send(.put, "/new-one?restype=container", ["x-ms-meta-a": "1"])
            #expect(made.status == 201)
            #expect(made.fields["ETag"]?.hasPrefix("\"") == true)
            try expect(await service.send(.put, "/new-one?restype=container"), 409, "ContainerAlreadyExists")
            for method in [HTTPMethod.get, .head] {
                let found = try await service.send(method, "/new-one?restype=container")
                #expect(found.status == 200)
                #expect(found.fields["ETag"] == made.fields["ETag"])
                #expect(found.fields["x-ms-meta-a"] == "1")
                #expect(found.fields["x-ms-lease-state"] == "available")
            }
            let metadata = try await service.send(.get, "/new-one?restype=container&comp=metadata")
            #expect(metadata.fields["x-ms-meta-a"] == "1")
            try expect(
                await service.send(
                    .delete, "/new-one?restype=container", ["If-Unmodified-Since": "Fri, 15 Mar 2000 09:30:00 GMT"]),
                412, "ConditionNotMet")
            #expect(try await service.send(.delete, "/new-one?restype=container").status == 202)
            try expect(await service.send(.get, "/new-one?restype=container"), 404, "ContainerNotFound")
            try expect(await service.send(.get, "/new-one/blob"), 404, "ContainerNotFound")
            try expect(await service.send(.get, "/new-one?restype=container&comp=list"), 404, "ContainerNotFound")
        }
    }

    @Test("containers are listed by page, prefix and with metadata")
    func containers() async throws {
        try await TestService.run { service in
            for name in ["pre-a", "pre-b", "pre-c"] {
                _ = try await service.send(.put, "/\(name)?restype=container", ["x-ms-meta-n": name])
            }
            let first = try await service.send(.get, "/?comp=list&prefix=pre-&maxresults=2&include=metadata").document
            #expect(first.attributes["ServiceEndpoint"] == "http://127.0.0.1:\(service.port)/devstoreaccount1/")
            #expect(first.children.map(\.name) == ["Prefix", "MaxResults", "Containers", "NextMarker"])
            let containers = first["Containers"]?.children ?? []
            #expect(containers.map { $0.text(of: "Name") } == ["pre-a", "pre-b"])
            #expect(containers.first?["Metadata"]?.text(of: "n") == "pre-a")
            #expect(containers.first?["Properties"]?.text(of: "Etag")?.hasPrefix("\"") == true)
            let marker = PercentCoding.encode(try #require(first.text(of: "NextMarker")))
            let second = try await service.send(.get, "/?comp=list&prefix=pre-&maxresults=2&marker=\(marker)").document
            #expect(second["Containers"]?.children.map { $0.text(of: "Name") } == ["pre-c"])
            #expect(second.text(of: "NextMarker") == nil)
            #expect(second["Containers"]?.children.first?["Metadata"] == nil)
        }
    }

    @Test("the elements of a listed blob are those of the service, in its order")
    func shapeOfBlobs() async throws {
        let recorded = try XMLReader.read(Fixtures.bytes("blob-xml/list__list_blobs_with_include_metadata_4.xml"))
        try await TestService.run { service in
            try await service.put("blob1", "hello world", ["x-ms-meta-number": "1", "x-ms-meta-name": "bob"])
            let ours = try await service.send(.get, "/box?restype=container&comp=list&include=metadata").document
            let expected = try #require(recorded["Blobs"]?.children.first)
            let found = try #require(ours["Blobs"]?.children.first)
            #expect(found.children.map(\.name) == expected.children.map(\.name))
            // Newer versions than the recorded one have a checksum; tags are not kept here.
            let properties = found["Properties"]?.children.map(\.name).filter { $0 != "Content-CRC64" }
            #expect(properties == expected["Properties"]?.children.map(\.name).filter { $0 != "TagCount" })
            #expect(found["Properties"]?.text(of: "Content-MD5") == expected["Properties"]?.text(of: "Content-MD5"))
            #expect(found["Properties"]?.text(of: "Etag")?.hasPrefix("0x") == true)
            #expect(ours.children.map(\.name) == recorded.children.map(\.name))
        }
    }

    @Test("blobs that were never committed are listed when asked for, as the service does")
    func uncommitted() async throws {
        let recorded = try XMLReader.read(
            Fixtures.bytes("blob-xml/list__list_blobs_with_include_uncommittedblobs_5.xml"))
        try await TestService.run { service in
            _ = try await service.send(.put, "/box/blob1?comp=block&blockid=MDE%3D", body: [1, 2, 3])
            let without = try await service.send(.get, "/box?restype=container&comp=list").document
            #expect(without["Blobs"]?.children.isEmpty == true)
            let with = try await service.send(.get, "/box?restype=container&comp=list&include=uncommittedblobs")
                .document
            let expected = recorded["Blobs"]?.children.first?["Properties"]?.children.map(\.name)
            let found = with["Blobs"]?.children.first?["Properties"]?.children.map(\.name)
            #expect(found == expected?.filter { $0 != "TagCount" })
        }
    }

    @Test("names that XML cannot carry are encoded and marked, others keep every character")
    func oddNames() async throws {
        let names = [
            "odd name & <tag> \"q\" 's' +%2F#?.dump", " odd leading and trailing ", "odd备份-été-😀.dump",
            "odd\u{FFFF}name /%", "odd&dir/x", "odd\u{FFFE}/x",
        ]
        try await TestService.run { service in
            for name in names { try await service.put(PercentCoding.encode(name), "x") }
            let flat = try await service.send(.get, "/box?restype=container&comp=list&prefix=").document
            let found = try #require(flat["Blobs"]).children.map { blob in
                let name = blob["Name"]
                let text = name?.text ?? ""
                return name?.attributes["Encoded"] == "true" ? PercentCoding.decode(text) ?? "" : text
            }
            #expect(Set(found) == Set(names))
            let folded = try await service.send(.get, "/box?restype=container&comp=list&prefix=odd&delimiter=%2F")
            #expect(folded.text.contains("<BlobPrefix><Name>odd&amp;dir/</Name></BlobPrefix>"))
            #expect(folded.text.contains("<BlobPrefix><Name Encoded=\"true\">odd%EF%BF%BE%2F</Name></BlobPrefix>"))
            #expect(folded.text.contains("<Prefix>odd</Prefix><Delimiter>/</Delimiter><Blobs>"))
        }
    }

    @Test("a listing is paged, and its markers are opaque text")
    func pages() async throws {
        try await TestService.run { service in
            for index in 0..<7 { try await service.put("b\u{FFFF}\(index)".addingPercentEncoding, "x") }
            var marker = ""
            var sizes: [Int] = []
            repeat {
                let page = try await service.send(
                    .get, "/box?restype=container&comp=list&maxresults=3&marker=\(PercentCoding.encode(marker))"
                ).document
                sizes.append(page["Blobs"]?.children.count ?? 0)
                marker = page.text(of: "NextMarker") ?? ""
            } while !marker.isEmpty && sizes.count < 10
            #expect(sizes == [3, 3, 1])
        }
    }

    @Test("a long page comes whole, and the next goes on behind it")
    func longPages() async throws {
        try await TestService.run { service in
            let text = String(repeating: "v", count: 7000)
            for index in 0..<300 {
                let none: [UInt8] = []
                _ = try await service.box.put(
                    none.span, to: BlobName("b\(1000 + index)"), attributes: BlobAttributes(metadata: ["m": text]),
                    if: .always)
            }
            var names: [String] = []
            var marker = ""
            var sizes: [Int] = []
            repeat {
                let query = "include=metadata&maxresults=200&marker=\(PercentCoding.encode(marker))"
                let page = try await service.send(.get, "/box?restype=container&comp=list&\(query)").document
                let blobs = try #require(page["Blobs"]).children
                sizes.append(blobs.count)
                names += blobs.compactMap { $0.text(of: "Name") }
                marker = page.text(of: "NextMarker") ?? ""
            } while !marker.isEmpty && sizes.count < 10
            #expect(names == (0..<300).map { "b\(1000 + $0)" })
            #expect(sizes == [200, 100])
            let all = try await service.send(.get, "/box?restype=container&comp=list").document
            #expect(all["Blobs"]?.children.count == 300 && all.text(of: "NextMarker") == nil)
        }
    }

    @Test(
        "parameters that make no sense are refused",
        arguments: [
            ("maxresults=0", "OutOfRangeQueryParameterValue"), ("maxresults=-5", "OutOfRangeQueryParameterValue"),
            ("maxresults=x", "InvalidQueryParameterValue"), ("maxresults=", "InvalidQueryParameterValue"),
            ("marker=!", "InvalidQueryParameterValue"), ("include=cats", "InvalidQueryParameterValue"),
            ("include=snapshots", "UnsupportedQueryParameter"), ("maxresults=-", "InvalidQueryParameterValue"),
        ])
    func badParameters(query: String, code: String) async throws {
        try await TestService.run { service in
            try expect(await service.send(.get, "/box?restype=container&comp=list&\(query)"), 400, code)
        }
    }

    @Test("more entries than there can be are not refused", arguments: ["5001", "99999999999999999999999"])
    func hugeLimit(limit: String) async throws {
        try await TestService.run { service in
            let answer = try await service.send(.get, "/box?restype=container&comp=list&maxresults=\(limit)")
            #expect(answer.status == 200)
        }
    }

    @Test(
        "names of containers are checked",
        arguments: [
            ("UPPER", "InvalidResourceName"), ("a--b", "InvalidResourceName"), ("ab", "OutOfRangeInput"),
            ("-abc", "InvalidResourceName"), (String(repeating: "a", count: 64), "OutOfRangeInput"),
            ("a_b", "InvalidResourceName"), ("%00abc", "InvalidResourceName"),
        ])
    func names(name: String, code: String) async throws {
        try await TestService.run { service in
            try expect(await service.send(.put, "/\(name)?restype=container"), 400, code)
        }
    }

    @Test("what client libraries ask of the account is answered")
    func account() async throws {
        try await TestService.run { service in
            for target in ["/", "/box", "/box/blob"] {
                let information = try await service.send(.head, "\(target)?restype=account&comp=properties")
                #expect(information.status == 200)
                #expect(information.fields["x-ms-account-kind"] == "StorageV2")
            }
            let properties = try await service.send(.get, "/?restype=service&comp=properties").document
            #expect(properties.name == "StorageServiceProperties")
            #expect(properties["DeleteRetentionPolicy"]?.text(of: "Enabled") == "false")
        }
    }
}

extension String {
    fileprivate var addingPercentEncoding: String { PercentCoding.encode(self) }
}
