/// What a file is, by its first bytes; its name says nothing.
public enum ArchiveKind: String, Sendable, Hashable, CaseIterable {
    /// No bytes at all.
    case empty
    /// What `pg_dump --format=custom` writes.
    case customArchive
    /// A table of contents without data: the `toc.dat` of a directory or tar archive.
    case contentsOnly
    /// A tar file, such as `pg_dump --format=tar` writes.
    case tar
    case gzip
    case zstd
    case lz4
    /// Text without control characters: what `pg_dump --format=plain` and `pg_dumpall` write.
    case plainSQL
    case unknown

    /// How many leading bytes decide every case.
    public static let decisiveLength = 262

    /// Says what begins with `bytes`: a file's first `decisiveLength` bytes, or all of a shorter file.
    ///
    /// More bytes do no harm and are not looked at.
    public static func detect(_ bytes: Span<UInt8>) -> ArchiveKind {
        guard !bytes.isEmpty else { return .empty }
        if bytes.holds("PGDMP") {
            // The format is the eleventh byte; a shorter file is a cut archive, which its reader will say better.
            return bytes.count < 11 || bytes[ArchiveHeader.formatPosition] == ArchiveFormat.custom.rawValue
                ? .customArchive : .contentsOnly
        }
        if bytes.holds("ustar", at: 257) { return .tar }
        return compression(bytes) ?? (isText(bytes) ? .plainSQL : .unknown)
    }

    /// Source of the numbers: RFC 1952, RFC 8878, and the LZ4 frame format 1.6.
    private static func compression(_ bytes: Span<UInt8>) -> ArchiveKind? {
        if bytes.count >= 2, bytes[0] == 0x1F, bytes[1] == 0x8B { return .gzip }
        guard bytes.count >= 4 else { return nil }
        switch UInt32(littleEndian: bytes, at: 0) {
        case 0xFD2F_B528: return .zstd
        case 0x184D_2204: return .lz4
        default: return nil
        }
    }

    private static func isText(_ bytes: Span<UInt8>) -> Bool {
        for index in 0..<min(bytes.count, decisiveLength) {
            switch bytes[index] {
            case 0x08...0x0D, 0x1B, 0x20...0x7E, 0x80...: continue
            default: return false
            }
        }
        return true
    }
}

extension Span<UInt8> {
    fileprivate func holds(_ text: StaticString, at offset: Int = 0) -> Bool {
        let wanted = Array(text.description.utf8)
        guard count >= offset + wanted.count else { return false }
        return wanted.indices.allSatisfy { self[offset + $0] == wanted[$0] }
    }
}
