import FoundationEssentials
import PostgresFormats

/// How fast the members of an archive are found while its bytes pass: `IndexPass ARCHIVE CHUNK SIZE`.
///
/// It takes the table of contents of ARCHIVE, makes an archive of SIZE bytes in memory, in chunks of CHUNK bytes of data,
/// and prints how many seconds indexing it took, in pieces of 1 MiB.
@main
enum IndexPass {
    struct Usage: Error {}

    static func main() throws {
        let words = CommandLine.arguments
        guard words.count == 4, let chunk = Int(words[2]), let size = Int(words[3]), chunk > 0 else { throw Usage() }
        let archive = try made(of: Array(Data(contentsOf: URL(filePath: words[1]))), chunk: chunk, size: size)
        var index: ArchiveIndex?
        let time = try ContinuousClock().measure { index = try indexed(archive) }
        guard let index, index.archiveSize == archive.count else { throw Usage() }
        print(Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18)
    }

    /// Half of the data is in one table, the rest in equal parts in all the others.
    private static func made(of bytes: [UInt8], chunk: Int, size: Int) throws -> [UInt8] {
        var indexer = ArchiveIndexer(maximumPrefixSize: 1 << 20)
        _ = try indexer.consume(bytes.span)
        let index = try indexer.finish()
        let tables = index.members.filter { $0.kind == .tableData }
        var archive = index.contents.schemaOnlyPrefix()
        archive.reserveCapacity(size + size / 8)
        let row = BlockFraming.chunk(of: chunk) + [UInt8](repeating: 65, count: chunk)
        for member in index.members {
            archive += BlockFraming.start(of: member)
            if member.kind == .tableData {
                let share = member.dumpID == tables.first?.dumpID ? size / 2 : size / 2 / max(1, tables.count - 1)
                for _ in 0..<share / row.count { archive += row }
            }
            archive += BlockFraming.end
        }
        return archive
    }

    private static func indexed(_ archive: [UInt8]) throws -> ArchiveIndex {
        var indexer = ArchiveIndexer(maximumPrefixSize: 1 << 20)
        for start in stride(from: 0, to: archive.count, by: 1 << 20) {
            _ = try indexer.consume(archive.span.extracting(start..<min(start + (1 << 20), archive.count)))
        }
        return try indexer.finish()
    }
}
