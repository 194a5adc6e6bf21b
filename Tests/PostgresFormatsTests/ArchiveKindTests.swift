import PostgresFormats
import Testing

@Suite("Kinds of archives")
struct ArchiveKindTests {
    private func kind(of bytes: [UInt8]) -> ArchiveKind { ArchiveKind.detect(bytes.span) }

    @Test("are known by the first bytes of real files")
    func golden() throws {
        for name in Fixture.archives { #expect(try kind(of: Fixture(name).bytes) == .customArchive) }
        #expect(try kind(of: Fixture("directory.toc").bytes) == .contentsOnly)
        #expect(try kind(of: Fixture("tar.head").bytes) == .tar)
        #expect(try kind(of: Fixture("plain.head").bytes) == .plainSQL)
    }

    @Test(
        "are known by magic numbers",
        arguments: [
            ([], ArchiveKind.empty), ([0x1F, 0x8B, 8, 0], .gzip), ([0x28, 0xB5, 0x2F, 0xFD, 4], .zstd),
            ([4, 0x22, 0x4D, 0x18, 0x60], .lz4), (Array("PGDMP".utf8), .customArchive), ([0], .unknown),
            ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], .unknown), ([0x1F], .unknown), ([0x28, 0xB5], .plainSQL),
            (Array("\u{FEFF}-- ünï\r\n\tSELECT 1;\n".utf8), .plainSQL), (Array("\\restrict x\n".utf8), .plainSQL),
        ] as [([UInt8], ArchiveKind)])
    func magic(bytes: [UInt8], expected: ArchiveKind) {
        #expect(kind(of: bytes) == expected)
    }

    @Test("are decided by the decisive length")
    func decisiveLength() throws {
        for name in Fixture.archives + ["directory.toc", "tar.head", "plain.head"] {
            let bytes = try Fixture(name).bytes
            let head = Array(bytes.prefix(ArchiveKind.decisiveLength))
            #expect(kind(of: head) == kind(of: bytes), "\(name)")
        }
        let cut = Array(try Fixture("tar.head").bytes.prefix(ArchiveKind.decisiveLength - 1))
        #expect(kind(of: cut) != .tar)
    }
}
