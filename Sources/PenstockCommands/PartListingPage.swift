import LogicalBackup
import PostgresFormats

extension Session {
    /// Prints a list of entries: for `--use-list` as pg_restore writes it, or an object for each with `--json`.
    func show(_ listing: PartListing) throws {
        for line in listing.lines {
            if !reporter.isJSON {
                try world.console.line(String(decoding: line.text, as: UTF8.self))
            } else if let entry = line.entry {
                try world.console.json(ArchiveEntryLine(entry))
            }
        }
    }
}

/// One entry of an archive in `--json`.
private struct ArchiveEntryLine: Encodable {
    let type = "archive-entry"
    let id: Int32
    let kind: String?
    let schema: String?
    let name: String?
    let owner: String?

    init(_ entry: TOCEntry) {
        func text(_ text: ArchiveText?) -> String? { text.flatMap { $0.bytes.isEmpty ? nil : $0.string } }
        id = entry.dumpID.rawValue
        kind = text(entry.desc)
        schema = text(entry.namespace)
        name = text(entry.tag)
        owner = text(entry.owner)
    }
}
