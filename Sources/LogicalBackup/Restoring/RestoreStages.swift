import CryptoDigests
import PostgresFormats

/// What of an archive is restored when, so that many members can be restored at once: a pure plan.
///
/// pg_restore goes through an archive in passes: it drops everything (`--clean`), makes everything in the order of the
/// archive, then sets privileges, then refreshes materialized views and makes event triggers. The stages keep to that:
///
/// 1. *schema*: one pg_restore drops all that is wanted, in reverse order, and makes what comes before the data, and
///    what is data and has no block (sequences' values, the large objects themselves);
/// 2. *data*: the members, many at once, each in a pg_restore of its own or with others as small;
/// 3. *finish*: one `pg_restore --jobs` makes indexes, keys and triggers, then sets privileges;
/// 4. *watch*: another one makes event triggers;
/// 5. *refresh*: and another one refreshes materialized views, which event triggers see; pg_restore's jobs by themselves
///    would leave to chance which comes first.
struct RestoreStages: Sendable {
    let contents: TableOfContents
    /// The entries that are wanted; `nil` is all of them.
    private let selected: Set<DumpID>?
    /// Those of a journal, which is of the database that was dumped: here it would be taken for our own.
    let journal: Set<DumpID>
    private let sections: [TOCEntry.Section]

    init(_ contents: TableOfContents, selected: Set<DumpID>?) {
        self.contents = contents
        self.selected = selected
        journal = RestoreJournal.entries(in: contents)
        sections = contents.effectiveSections()
    }

    /// The archive of the first stage, which is complete without data; `nil` if there is nothing to do.
    ///
    /// - Parameter clean: What is wanted is dropped first: also what only the third stage makes. A foreign key left
    ///   standing would keep its table from being dropped.
    func schema(clean: Bool) -> [UInt8]? {
        excerpt { index, entry in
            guard isWanted(entry) else { return nil }
            if stage(index, entry) == .schema { return .everything }
            return clean && entry.isDroppable ? .drop : nil
        }
    }

    /// The archive of the third stage, which is complete without data; `nil` if there is nothing to do.
    ///
    /// Tables are present in it although they are made by now: pg_restore does not let two of its jobs lock one table.
    func finish() -> [UInt8]? { late(.finish) }

    /// What drops what the third stage makes, if it was begun and did not come to its end; `nil` if there is nothing to do.
    func undoneFinish() -> [UInt8]? {
        excerpt { index, entry in
            isWanted(entry) && stage(index, entry) == .finish && entry.isDroppable ? .drop : nil
        }
    }

    /// The archives of the stages behind it, like its own.
    func watch() -> [UInt8]? { late(.watch) }
    func refresh() -> [UInt8]? { late(.refresh) }

    private func late(_ wanted: Stage) -> [UInt8]? {
        excerpt { index, entry in
            // With --create pg_restore makes databases whatever else is wanted.
            if entry.desc == "DATABASE" || entry.desc == "DATABASE PROPERTIES" { return nil }
            if isWanted(entry), stage(index, entry) == wanted { return .everything }
            // pg_restore would run what makes large objects, without looking whether it is there.
            return sections[index] == .data && !entry.dataState.hasData ? nil : .presence
        }
    }

    /// Whether some entries are not wanted.
    var isPart: Bool { selected != nil }

    /// The same for the same selection, and for no other.
    var selectionDigest: [UInt8] {
        guard let selected else { return [] }
        let text = selected.sorted().map(\.description).joined(separator: " ")
        return Digest.of(Array(text.utf8).span, .sha256)
    }

    func isWanted(_ member: StoredArchive.Member) -> Bool { isWanted(member.dumpID) }

    func isWanted(_ entry: TOCEntry) -> Bool { isWanted(entry.dumpID) }

    private func isWanted(_ dumpID: DumpID) -> Bool {
        !journal.contains(dumpID) && selected?.contains(dumpID) ?? true
    }

    private enum Stage { case schema, data, finish, watch, refresh }

    private func stage(_ index: Int, _ entry: TOCEntry) -> Stage {
        if entry.dataState.hasData { return .data }
        switch entry.restorePass {
        case .main: break
        // Since version 1.16 those of large objects name the entry that makes them, and pg_restore reads the objects there.
        case .privileges: return entry.isOfLargeObjects ? .schema : .finish
        case .afterPrivileges:
            return entry.desc == "MATERIALIZED VIEW DATA" || entry.desc == "STATISTICS DATA" ? .refresh : .watch
        }
        switch sections[index] {
        case .none, .preData: return .schema
        // Statistics describe data that must be there.
        case .data: return entry.desc == "STATISTICS DATA" ? .finish : .schema
        case .postData: return .finish
        }
    }

    /// `nil` if pg_restore would do nothing with it.
    private func excerpt(_ keeping: (Int, TOCEntry) -> TableOfContents.Keeping?) -> [UInt8]? {
        var isEmpty = true
        let bytes = contents.excerpt { index, entry in
            let keeping = keeping(index, entry)
            if let keeping, keeping != .presence { isEmpty = false }
            return keeping
        }
        return isEmpty ? nil : bytes
    }
}

extension TOCEntry {
    fileprivate var isOfLargeObjects: Bool { tag?.bytes.starts(with: "LARGE OBJECTS ".utf8) == true }
    /// Whether `--clean` has a statement for it.
    var isDroppable: Bool { dropStatement?.bytes.isEmpty == false }
}
