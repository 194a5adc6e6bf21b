import PostgresFormats
import TestSupport
import Testing

/// A file of fixtures/archives; SOURCES.md there says how each was made.
struct Fixture: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]

    init(_ name: String) throws {
        self.name = name
        bytes = try Fixtures.bytes("archives/\(name)")
    }

    var testDescription: String { name }

    func contents() throws -> TableOfContents { try index().contents }

    func index() throws -> ArchiveIndex { try indexed(bytes) }

    /// What pg_dump wrote to a pipe and to a file: 15, then 16 to 18.
    static let pairs = ["z0", "z1", "z6", "16-z0", "16-z6", "17-lz4", "17-zstd", "18-z0", "18-z6"]

    /// What pg_dump left where its standard output was a file: the table of contents stands behind the data once more.
    static let redirected = ["redirected-16.dump", "redirected-18.dump", "redirected-18-statistics.dump"]

    /// Every whole archive.
    static let archives =
        pairs.flatMap { ["everything-\($0)-pipe.dump", "everything-\($0)-file.dump"] } + [
            "schema-only.dump", "latin1.dump",
        ]
}

/// More than any fixture's prefix.
let amplePrefix = 1 << 20

/// Indexes `bytes` cut into pieces of the sizes that `size` answers.
func indexed(_ bytes: [UInt8], piece size: () -> Int = { .max }) throws(ArchiveError) -> ArchiveIndex {
    var indexer = ArchiveIndexer(maximumPrefixSize: amplePrefix)
    _ = try feed(bytes, to: &indexer, piece: size)
    return try indexer.finish()
}

/// Returns how many bytes the indexer said were prefix.
func feed(
    _ bytes: [UInt8], to indexer: inout ArchiveIndexer, piece size: () -> Int = { .max }
) throws(ArchiveError) -> Int {
    var start = 0
    var prefixCount = 0
    while start < bytes.count {
        let end = start + min(size(), bytes.count - start)
        prefixCount += try indexer.consume(bytes[start..<end])
        start = end
    }
    return prefixCount
}

// Spans inside the testing macros' closures bring the compiler down; slices do not.
extension ArchiveIndexer {
    mutating func consume(_ bytes: ArraySlice<UInt8>) throws(ArchiveError) -> Int { try consume(bytes.span) }
}

extension TableOfContents {
    static func parse(
        prefix bytes: ArraySlice<UInt8>, archiveSize: Int, maximumPrefixSize: Int
    ) throws(ArchiveError) -> Reading {
        try parse(prefix: bytes.span, archiveSize: archiveSize, maximumPrefixSize: maximumPrefixSize)
    }
}

/// The error of indexing `bytes`, or `nil` if they are a whole archive.
func refusal(of bytes: [UInt8]) -> ArchiveError? {
    do throws(ArchiveError) {
        _ = try indexed(bytes)
        return nil
    } catch {
        return error
    }
}
