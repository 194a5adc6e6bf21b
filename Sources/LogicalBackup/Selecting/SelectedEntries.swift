import BlobStorage
import PostgresClient
public import PostgresFormats

/// The entries of one archive that are to be restored.
public struct SelectedEntries: Sendable {
    let contents: TableOfContents
    /// Of the archive, or of the table of contents of a directory, in bytes.
    let archiveSize: Int
    /// Of a directory: for each member the bytes of its files.
    let memberSizes: [DumpID: Int]?
    let pieces: PieceDigests?
    public internal(set) var dumpIDs: Set<DumpID>
    /// Objects that are left out because a table that they need is, in the archive's order.
    public let leftOut: [TOCEntry]
    /// True if the schemas of what is chosen are to be made where they are missing, although nobody named them.
    let makesSchemas: Bool

    var entries: [TOCEntry] { contents.filter { dumpIDs.contains($0.dumpID) } }

    /// The entries that one pg_restore is given.
    ///
    /// - Parameter createsDatabase: With those that make the database itself, whose names are never chosen.
    func entries(createsDatabase: Bool) -> Set<DumpID> {
        guard createsDatabase else { return dumpIDs }
        let databases = contents.filter { $0.desc == "DATABASE" || $0.desc == "DATABASE PROPERTIES" }.map(\.dumpID)
        let saidOfThem = contents.filter { entry in
            entry.section == .none && entry.dependencies.contains(where: databases.contains)
        }
        return dumpIDs.union(databases + saidOfThem.map(\.dumpID))
    }

    /// Those of which the archive holds data.
    var members: Set<DumpID> { Set(entries.filter(\.dataState.hasData).map(\.dumpID)) }

    /// The tables, views and sequences that would be made; `nil` if one has a name that is not UTF-8.
    var madeRelations: [RelationName]? { names(of: entries.filter(EntryKind.isRelation)) }

    /// True if tables are filled that are not made.
    var fillsOthers: Bool {
        func key(_ entry: TOCEntry) -> [ArchiveText?] { [entry.namespace, entry.tag] }
        let entries = entries
        let made = Set(entries.filter(EntryKind.isRelation).map(key))
        return entries.contains { EntryKind.isContents($0) && !made.contains(key($0)) }
    }

    /// True if something of it can be dropped, which rows cannot.
    var isDroppable: Bool { entries.contains(where: \.isDroppable) }

    private func names(of entries: [TOCEntry]) -> [RelationName]? {
        var names: [RelationName] = []
        for entry in entries {
            guard let schema = entry.namespace?.exactString, let name = entry.tag?.exactString else { return nil }
            names.append(RelationName(schema: schema, name: name))
        }
        return names
    }
}

// MARK: Schemas

extension SelectedEntries {
    /// The schemas in which something is made and whose own entries are not chosen, by name.
    var neededSchemas: [String: DumpID] {
        guard makesSchemas else { return [:] }
        let used = Set(entries.filter { $0.section == .preData }.compactMap(\.namespace))
        var needed: [String: DumpID] = [:]
        for entry in contents where entry.desc == "SCHEMA" && !dumpIDs.contains(entry.dumpID) {
            guard let name = entry.tag, used.contains(name), let text = name.exactString else { continue }
            needed[text] = entry.dumpID
        }
        return needed
    }

    /// The same, with the schemas of those entries and what is said of them: comments, labels and grants.
    func adding(schemas: [DumpID], noPrivileges: Bool) -> SelectedEntries {
        var copy = self
        let added = Set(schemas)
        for entry in contents {
            let isSaidOfThem =
                entry.section == .none && entry.dependencies.contains(where: added.contains)
                && !(noPrivileges && entry.desc == "ACL")
            if added.contains(entry.dumpID) || isSaidOfThem { copy.dumpIDs.insert(entry.dumpID) }
        }
        return copy
    }
}
