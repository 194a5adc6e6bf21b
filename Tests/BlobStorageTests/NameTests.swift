import BlobStorage
import CryptoDigests
import Testing

@Suite("Blob names")
struct BlobNameTests {
    @Test("have 1 to 1,024 characters", arguments: [1, 2, 1024])
    func length(characters: Int) throws {
        #expect(try BlobName(String(repeating: "a", count: characters)).text.count == characters)
    }

    @Test("have at most 1,024 characters", arguments: [1025, 5000])
    func tooLong(characters: Int) {
        #expect(throws: BlobNameError.tooLong(characters: characters)) {
            try BlobName(String(repeating: "a", count: characters))
        }
    }

    @Test("count a character beyond the first plane twice")
    func surrogates() throws {
        _ = try BlobName(String(repeating: "😀", count: 512))
        #expect(throws: BlobNameError.tooLong(characters: 1026)) { try BlobName(String(repeating: "😀", count: 513)) }
    }

    @Test("are not empty")
    func empty() { #expect(throws: BlobNameError.empty) { try BlobName("") } }

    @Test("hold no control characters", arguments: ["\u{0}", "a\nb", "\u{1F}", "x\u{7F}", "\u{80}", "\u{9F}"])
    func control(_ text: String) { #expect(throws: BlobNameError.controlCharacter) { try BlobName(text) } }

    @Test("have at most 254 segments")
    func segments() throws {
        _ = try BlobName(Array(repeating: "a", count: 254).joined(separator: "/"))
        #expect(throws: BlobNameError.tooManySegments) {
            try BlobName(Array(repeating: "a", count: 255).joined(separator: "/"))
        }
    }

    @Test("are compared and ordered by their bytes")
    func bytes() throws {
        let composed = try BlobName("\u{E9}")
        let decomposed = try BlobName("e\u{301}")
        #expect(composed != decomposed && decomposed < composed)
        #expect(Set([composed, decomposed]).count == 2)
        let sorted = try ["a/b", "a", "B", "a-b", "ab"].map { try BlobName($0) }.sorted()
        #expect(sorted.map(\.text) == ["B", "a", "a-b", "a/b", "ab"])
    }
}

@Suite("Container names")
struct ContainerNameTests {
    @Test(
        "are 3 to 63 lower-case letters, digits and single hyphens",
        arguments: [
            "abc", "a-b", "123", "pg-backups-2024", "$root", "$web", "$logs", String(repeating: "x", count: 63),
        ])
    func good(_ text: String) throws { #expect(try ContainerName(text).text == text) }

    @Test(
        "are refused with the reason",
        arguments: [
            ("ab", ContainerNameError.Kind.length), ("", .length), (String(repeating: "x", count: 64), .length),
            ("Abc", .character), ("a_b", .character), ("a.b", .character), ("äbc", .character), ("$other", .character),
            ("-abc", .hyphen), ("abc-", .hyphen), ("a--b", .hyphen), ("../", .character), ("a/b", .character),
        ])
    func bad(_ text: String, _ kind: ContainerNameError.Kind) {
        let error = #expect(throws: ContainerNameError.self) { try ContainerName(text) }
        #expect(error?.kind == kind && error?.name == text)
    }
}

@Suite("Block ids")
struct BlockIDTests {
    @Test("are Base64 of 1 to 64 bytes", arguments: [1, 2, 3, 63, 64])
    func good(count: Int) throws {
        let text = Base64.encode([UInt8](repeating: 251, count: count))
        #expect(try #require(BlockID(text: text)).text == text)
    }

    @Test(
        "are refused otherwise",
        arguments: ["", "a", "QQ=", "QQ", "!!!!", "QQ==\n", "Q Q=", Base64.encode([UInt8](repeating: 1, count: 65))])
    func bad(_ text: String) { #expect(BlockID(text: text) == nil) }

    @Test("of one upload have one length and differ by index and attempt; those of two uploads never meet")
    func made() {
        var generator = SystemRandomNumberGenerator()
        let tokens = [UploadToken(using: &generator), UploadToken(using: &generator)]
        let ids = tokens.flatMap { token in
            [0, 1, 255, 256, 49_999].flatMap { index in (1...3).map { BlockID(index: index, attempt: $0, token: token) }
            }
        }
        #expect(Set(ids).count == ids.count)
        #expect(Set(ids.map(\.text.utf8.count)) == [32])
        #expect(ids.allSatisfy { BlockID(text: $0.text) == $0 })
        #expect(tokens[0].text.count == 32 && tokens[0] != tokens[1])
    }
}

@Suite("Tags")
struct ETagTests {
    @Test("have their quotes, whether they came with them or not")
    func quotes() {
        #expect(ETag("0x1") == ETag("\"0x1\""))
        #expect(ETag("0x1").text == "\"0x1\"")
    }
}
