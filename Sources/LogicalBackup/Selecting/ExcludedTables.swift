import PostgresFormats

/// The entries that go with tables that are not wanted.
///
/// These are the tables' own entries and all that cannot be made without them, as the archive's dependencies say: their
/// data, indexes, constraints, triggers and grants; foreign keys of other tables that refer to them; views over them, and
/// what hangs on those. A sequence that a `serial` column uses does not depend on the table, and stays.
struct ExcludedTables {
    let dumpIDs: Set<DumpID>
    /// Objects of their own that go too, such as views and other tables' foreign keys, in the archive's order.
    let others: [TOCEntry]

    init(_ names: [String], in contents: TableOfContents, where isMeant: (TOCEntry) -> Bool) {
        let roots = contents.filter { entry in
            (EntryKind.isRelation(entry) || EntryKind.isContents(entry)) && isMeant(entry)
                && names.contains { entry.tag?.equals($0) ?? false }
        }
        let reached = contents.dependents(of: roots.map(\.dumpID))
        dumpIDs = reached
        guard !roots.isEmpty else {
            others = []
            return
        }
        let own = Set(roots.map(\.dumpID))
        others = contents.filter { entry in
            guard reached.contains(entry.dumpID), !own.contains(entry.dumpID) else { return false }
            return entry.desc == "FK CONSTRAINT" ? !entry.isOf(roots) : !EntryKind.isPart(entry)
        }
    }
}

extension TableOfContents {
    /// Those entries and all that depend on one of them.
    ///
    /// What depends on a table's rows only, as one table's data does on another's in an archive without schema, can be
    /// restored without them and does not count.
    func dependents(of roots: [DumpID]) -> Set<DumpID> {
        var dependents: [DumpID: [DumpID]] = [:]
        for entry in self {
            for needed in entry.dependencies { dependents[needed, default: []].append(entry.dumpID) }
        }
        var reached = Set(roots)
        var open = roots
        while let next = open.popLast() {
            guard self[next]?.section != .data else { continue }
            for dependent in dependents[next] ?? [] where reached.insert(dependent).inserted { open.append(dependent) }
        }
        return reached
    }
}

extension TOCEntry {
    /// True for a foreign key, whose tag begins with its table's name, of one of those tables.
    fileprivate func isOf(_ tables: [TOCEntry]) -> Bool {
        guard let tag else { return false }
        return tables.contains { table in
            guard let name = table.tag, table.namespace == namespace else { return false }
            return tag.bytes.starts(with: name.bytes)
                && tag.bytes.dropFirst(name.bytes.count).first == UInt8(ascii: " ")
        }
    }
}
