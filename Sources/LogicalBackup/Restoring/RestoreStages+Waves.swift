import PostgresFormats

extension RestoreStages {
    /// The members in groups, each of which may need rows of the groups before it.
    ///
    /// That is so where foreign keys are in the target already: those that are not made here. What needs rows in a circle
    /// comes last.
    func waves(_ members: [StoredArchive.Member]) -> [[StoredArchive.Member]] {
        let needed = needed(among: members)
        var waves: [[StoredArchive.Member]] = []
        var placed: Set<DumpID> = []
        var rest = members
        while !rest.isEmpty {
            let next = rest.filter { needed[$0.dumpID]?.isSubset(of: placed) ?? true }
            guard !next.isEmpty else { return waves + [rest] }
            waves.append(next)
            placed.formUnion(next.map(\.dumpID))
            rest.removeAll { placed.contains($0.dumpID) }
        }
        return waves
    }

    /// For each member those whose rows its foreign keys point to.
    private func needed(among members: [StoredArchive.Member]) -> [DumpID: Set<DumpID>] {
        let keys = contents.filter { $0.desc == "FK CONSTRAINT" && !isWanted($0) }
        guard !keys.isEmpty else { return [:] }
        var dataOfTable: [DumpID: DumpID] = [:]
        for member in members {
            for table in tables(of: member.dumpID) { dataOfTable[table] = member.dumpID }
        }
        var needed: [DumpID: Set<DumpID>] = [:]
        for key in keys {
            let tables = tables(of: key.dumpID)
            guard let owner = tables.first(where: { isKey(key, ofTable: $0) }), let data = dataOfTable[owner] else {
                continue
            }
            needed[data, default: []].formUnion(tables.filter { $0 != owner }.compactMap { dataOfTable[$0] })
        }
        return needed
    }

    private func tables(of entry: DumpID) -> [DumpID] {
        contents[entry]?.dependencies.filter { contents[$0]?.desc == "TABLE" } ?? []
    }

    /// The tag of a key is the name of its table, a blank, and its own name.
    private func isKey(_ key: TOCEntry, ofTable table: DumpID) -> Bool {
        guard let table = contents[table], let name = table.tag, let tag = key.tag else { return false }
        return key.namespace == table.namespace && tag.bytes.starts(with: name.bytes + Array(" ".utf8))
    }
}
