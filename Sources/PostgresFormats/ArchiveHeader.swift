/// The first bytes of an archive: which format it has, how it is compressed, and where it comes from.
public struct ArchiveHeader: Sendable, Hashable {
    public let version: ArchiveVersion
    /// Bytes of an integer's magnitude; always 4, because others are refused.
    public let integerSize: Int
    /// Bytes of a data offset; always 8, because others are refused.
    public let offsetSize: Int
    public internal(set) var compression: ArchiveCompression
    public let created: ArchiveDate
    public let database: ArchiveText?
    /// The version of the dumped server, such as `15.4 (Debian 15.4-2)`.
    public let serverVersion: ArchiveText?
    /// The version of the pg_dump that wrote the archive.
    public let dumpVersion: ArchiveText?

    static let magic = Array("PGDMP".utf8)
    /// Where the field `compression` begins: behind the magic, three bytes of version, two of sizes, and the format.
    static let compressionPosition = 11
    static let formatPosition = 10
}

/// What a header says of the format.
enum ArchiveFormat: UInt8, Sendable {
    case custom = 1
    /// The `toc.dat` of a directory; tar archives say the same in theirs.
    case directory = 3
}

extension ArchiveHeader {
    init(from cursor: inout PrefixCursor, format: ArchiveFormat) throws(PrefixCursor.Stop) {
        try Self.checkMagic(&cursor)
        version = try Self.readVersion(&cursor)
        (integerSize, offsetSize) = try Self.readSizes(&cursor)
        try Self.check(format, &cursor)
        compression = try Self.readCompression(&cursor, version: version)
        created = try ArchiveDate(from: &cursor)
        database = try cursor.copiedText()
        serverVersion = try cursor.copiedText()
        dumpVersion = try cursor.copiedText()
    }

    private static func checkMagic(_ cursor: inout PrefixCursor) throws(PrefixCursor.Stop) {
        for byte in magic where try cursor.byte() != byte {
            throw .refused(notCustom(ArchiveKind.detect(cursor.bytes.span)))
        }
    }

    private static func check(_ format: ArchiveFormat, _ cursor: inout PrefixCursor) throws(PrefixCursor.Stop) {
        let start = cursor.position
        guard try cursor.byte() != format.rawValue else { return }
        switch format {
        case .custom: throw .refused(notCustom(.contentsOnly))
        case .directory: throw .refused(.damaged(at: start, "this is not the table of contents of a directory"))
        }
    }

    private static func notCustom(_ kind: ArchiveKind) -> ArchiveError {
        let found =
            switch kind {
            case .tar: "a tar file"
            case .gzip: "compressed with gzip"
            case .zstd: "compressed with zstd"
            case .lz4: "compressed with lz4"
            case .plainSQL: "plain text"
            case .contentsOnly: "the table of contents of a directory or tar archive"
            case .customArchive, .empty, .unknown: "something unknown"
            }
        return ArchiveError(.notCustom, at: 0, "this is no custom-format archive, but \(found)")
    }

    private static func readVersion(_ cursor: inout PrefixCursor) throws(PrefixCursor.Stop) -> ArchiveVersion {
        let start = cursor.position
        let version = ArchiveVersion(try cursor.byte(), try cursor.byte(), revision: try cursor.byte())
        let range = "\(ArchiveVersion.oldest) to \(ArchiveVersion.newest) are read"
        guard version >= .oldest else {
            throw .refused(ArchiveError(.versionTooOld, at: start, "the archive has version \(version), and \(range)"))
        }
        guard version <= .newest else {
            throw .refused(ArchiveError(.versionTooNew, at: start, "the archive has version \(version), and \(range)"))
        }
        return version
    }

    /// Every platform that PostgreSQL runs on has integers of 4 bytes and file offsets of 8.
    private static func readSizes(_ cursor: inout PrefixCursor) throws(PrefixCursor.Stop) -> (Int, Int) {
        let start = cursor.position
        let integer = Int(try cursor.byte())
        let offset = Int(try cursor.byte())
        guard integer == 4, offset == 8 else {
            throw .refused(
                ArchiveError(
                    .integerSizes, at: start,
                    "the archive has integers of \(integer) and offsets of \(offset) bytes, and only 4 and 8 are read"))
        }
        return (integer, offset)
    }

    private static func readCompression(
        _ cursor: inout PrefixCursor, version: ArchiveVersion
    ) throws(PrefixCursor.Stop) -> ArchiveCompression {
        let start = cursor.position
        let compression =
            version >= .compressionMethods
            ? ArchiveCompression(method: try cursor.byte()) : ArchiveCompression(level: try cursor.integer())
        guard let compression else { throw .refused(.damaged(at: start, "the compression is none that exists")) }
        return compression
    }
}
