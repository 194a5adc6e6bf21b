import Diagnostics
import PostgresFormats

extension RestoreSelection {
    /// Throws unless each name that was given names something in the archive.
    ///
    /// pg_restore restores what the others name and says nothing; a name that was mistyped would go unnoticed.
    func checkNames(in contents: TableOfContents, of database: String) throws(SelectionError) {
        let relations = contents.filter { EntryKind.isRelation($0) || EntryKind.isContents($0) }
        let inSchemas = relations.filter(isInSchemas)
        let checks: [(String, [String], [ArchiveText?])] = [
            ("schema", schemas + excludedSchemas, contents.schemaNames),
            ("table", tables + excludedTables, inSchemas.map(\.tag)),
            ("index", indexes, contents.filter { $0.desc == "INDEX" && isInSchemas($0) }.map(\.tag)),
            ("function", functions, contents.filter { EntryKind.isFunction($0) && isInSchemas($0) }.map(\.tag)),
        ]
        for (noun, names, tags) in checks where !names.isEmpty {
            let known = Set(tags.compactMap { $0 })
            for name in names where !known.contains(ArchiveText(stringLiteral: name)) {
                let candidates = known.compactMap(\.exactString).sorted()
                throw SelectionError(
                    .unknownName(noun: noun, name: name, nearest: Nearest.match(name, among: candidates)),
                    database: database)
            }
        }
        for dumpID in (list?.dumpIDs ?? []).sorted() where contents[dumpID] == nil {
            throw SelectionError(.unknownEntry(dumpID: Int(dumpID.rawValue)), database: database)
        }
    }

    /// True for what `--schema` and `--exclude-schema` leave.
    func isInSchemas(_ entry: TOCEntry) -> Bool {
        func isNamed(_ schema: String) -> Bool { entry.namespace?.equals(schema) ?? false }
        return (schemas.isEmpty || schemas.contains(where: isNamed)) && !excludedSchemas.contains(where: isNamed)
    }
}

extension TableOfContents {
    /// Every schema that is an entry or holds one.
    fileprivate var schemaNames: [ArchiveText?] {
        filter { $0.desc == "SCHEMA" }.map(\.tag) + map(\.namespace).filter { $0?.bytes.isEmpty == false }
    }
}
