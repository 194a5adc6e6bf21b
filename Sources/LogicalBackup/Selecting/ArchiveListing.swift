import ByteStreams
import Diagnostics
import PostgresFormats
import PostgresTools
import Subprocesses
import SystemCalls

/// What `pg_restore --list` says of an archive.
struct ArchiveListing {
    /// Each line with the entry that it lists; the comments at the beginning list none.
    let lines: [(dumpID: DumpID?, text: ArraySlice<UInt8>)]

    /// Names cannot forge a line: pg_restore writes line ends in them as blanks.
    init(_ bytes: [UInt8], of contents: TableOfContents) throws(ArchiveListingError) {
        var lines: [(dumpID: DumpID?, text: ArraySlice<UInt8>)] = []
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true) {
            switch EntryLine(line) {
            case .comment: lines.append((nil, line))
            case .entry(let dumpID) where contents[dumpID] != nil: lines.append((dumpID, line))
            case .entry, .unreadable: throw ArchiveListingError(line: ArchiveText(line).description)
            }
        }
        self.lines = lines
    }

    var dumpIDs: Set<DumpID> { Set(lines.compactMap(\.dumpID)) }

    /// Asks pg_restore what it would restore with these options, of an archive with that table of contents.
    static func make(
        _ contents: TableOfContents, _ options: RestoreOptions, by tool: InstalledTool, environment: [String: String]
    ) async throws -> ArchiveListing {
        // It reads only its standard input; its messages must be in English all the same.
        let plain = environment.filter { ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"].contains($0.key) }
            .merging(["LC_ALL": "C.UTF-8"]) { $1 }
        let command = Command(executable: tool.path, arguments: Arguments.list(options), environment: plain)
        let prefix = contents.schemaOnlyPrefix()
        // A line holds less of an entry than the table of contents does.
        let limit = 2 * prefix.count + (1 << 20)
        let bytes = try await withSubprocess(command, standardInput: .pipe, standardOutput: .pipe) { process in
            async let feeding: Void = process.input.feed(MemorySource(prefix))
            var sink = MemorySink(limit: limit)
            while case let piece = try await [UInt8].filled(
                capacity: 256 << 10, { try await process.output.read(into: &$0) }), !piece.isEmpty
            {
                try await sink.write(piece.span)
            }
            try await feeding
            return sink.bytes
        }
        return try ArchiveListing(bytes, of: contents)
    }
}

/// A line of a listing that cannot be understood.
struct ArchiveListingError: ExplainedError {
    let line: String

    var code: String { "selection.listing-not-understood" }
    var summary: String { "pg_restore listed an entry as `\(line)`, which cannot be understood" }
    var remedy: String? { "Use the pg_restore of PostgreSQL itself, in a version that its project still supports." }
    var exitCode: ExitCode { .toolMismatch }
}
