import TestSupport
import Testing

@testable import PostgresFormats

@Suite("Excerpts of archives")
struct ExcerptTests {
    static let versions = [ArchiveVersion(1, 12), ArchiveVersion(1, 13)] + (14...16).map { ArchiveVersion(1, $0) }

    /// The fixture with everything in it, said again in another version.
    private func contents(_ version: ArchiveVersion) throws -> TableOfContents {
        try parsed(ArchiveEncoder(Fixture("everything-z0-pipe.dump").contents(), version: version).prefix())
    }

    private func parsed(_ bytes: [UInt8]) throws -> TableOfContents {
        let reading = try TableOfContents.parse(
            prefix: bytes[...], archiveSize: 1 << 40, maximumPrefixSize: amplePrefix)
        guard case .complete(let contents) = reading else {
            Issue.record("an excerpt is cut")
            throw Cut()
        }
        #expect(contents.prefix.count == bytes.count, "nothing stands behind an excerpt")
        return contents
    }

    private struct Cut: Error {}

    /// What an entry says, without where its data lies.
    private func fields(_ entry: TOCEntry) -> [UInt8] {
        var encoder = ArchiveEncoder(version: .newest)
        var copy = ArchiveEncoder.Entry(entry)
        copy.state = (entry.dataState.hasData ? DataState.offsetNotSet : .noData).encoded
        encoder.entries = [copy]
        return encoder.prefix()
    }

    @Test("of everything say what the archive says, but for where the data lies", arguments: versions)
    func everything(version: ArchiveVersion) throws {
        let contents = try contents(version)
        let excerpt = try parsed(contents.excerpt { _, _ in .everything })
        #expect(excerpt.prefix == contents.schemaOnlyPrefix())
    }

    @Test("forget where the data lies, which is elsewhere in what they begin")
    func offsets() throws {
        let contents = try Fixture("everything-z6-file.dump").contents()
        let excerpt = try parsed(contents.excerpt { _, _ in .everything })
        #expect(excerpt.prefix == contents.schemaOnlyPrefix() && excerpt.prefix != contents.prefix)
    }

    @Test("of chosen entries have these whole and in that order", arguments: versions)
    func chosen(version: ArchiveVersion) throws {
        let contents = try contents(version)
        let settings = contents.settings
        #expect(settings.count == 3)
        let wanted = Array(contents.filter(\.dataState.hasData).map(\.dumpID).reversed())
        try #require(wanted.count > 2)
        let excerpt = try parsed(contents.excerpt(of: settings + wanted))
        #expect(excerpt.map(\.dumpID) == settings + wanted)
        #expect(excerpt.header == contents.header)
        for entry in excerpt {
            let original = try #require(contents[entry.dumpID])
            #expect(fields(entry) == fields(original))
            #expect(entry.dataState == (original.dataState.hasData ? .offsetNotSet : .noData))
        }
    }

    @Test("may end with a statement, which is an entry of its own", arguments: versions)
    func statement(version: ArchiveVersion) throws {
        let contents = try contents(version)
        let excerpt = try parsed(contents.excerpt(of: contents.settings, followedBy: "SELECT 1;"))
        #expect(excerpt.dropLast().map(\.dumpID) == contents.settings)
        let last = try #require(excerpt.last)
        #expect(last.definition == "SELECT 1;" && last.dropStatement == "" && !last.hadDumper)
        #expect(contents[last.dumpID] == nil && last.restorePass == .main && last.dataState == .noData)
    }

    @Test("keep of an entry the statement that drops it, and nothing else that pg_restore acts on", arguments: versions)
    func drops(version: ArchiveVersion) throws {
        let contents = try contents(version)
        let excerpt = try parsed(contents.excerpt { _, entry in entry.dataState.hasData ? nil : .drop })
        #expect(excerpt.count == contents.count { !$0.dataState.hasData })
        for entry in excerpt where !entry.isSetting {
            let original = try #require(contents[entry.dumpID])
            #expect(entry.definition == "--\n")
            #expect(entry.dropStatement == original.dropStatement)
            #expect(entry.owner == "")
            #expect(entry.tablespace == nil && entry.tableAccessMethod == nil && entry.copyStatement == nil)
            try expectSameIdentity(entry, original)
        }
    }

    @Test("keep that an entry is there, and nothing that pg_restore acts on", arguments: versions)
    func presence(version: ArchiveVersion) throws {
        let contents = try contents(version)
        let excerpt = try parsed(contents.excerpt { _, _ in .presence })
        #expect(excerpt.map(\.dumpID) == contents.map(\.dumpID))
        for entry in excerpt where !entry.isSetting {
            let original = try #require(contents[entry.dumpID])
            #expect(entry.definition == nil && entry.dropStatement == nil && entry.copyStatement == nil)
            #expect(!entry.hadDumper && entry.dataState == .noData)
            try expectSameIdentity(entry, original)
        }
    }

    private func expectSameIdentity(_ entry: TOCEntry, _ original: TOCEntry) throws {
        #expect(entry.desc == original.desc && entry.tag == original.tag && entry.namespace == original.namespace)
        #expect(entry.tableOID == original.tableOID && entry.oid == original.oid)
        #expect(entry.section == original.section && entry.dependencies == original.dependencies)
        #expect(entry.relationKind == original.relationKind)
    }

    @Test("of archives that lie in every other way are still archives", arguments: 0..<20)
    func hostile(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var bytes = try contents(.newest).prefix
        for _ in 0..<3 {
            let position = Int.random(in: 11..<bytes.count, using: &generator)
            bytes[position] = .random(in: 0...255, using: &generator)
        }
        var parser = ArchiveIndexer(maximumPrefixSize: amplePrefix)
        guard (try? parser.consume(bytes[...])) != nil, let contents = parser.contents else { return }
        let keeping: [TableOfContents.Keeping?] = [.everything, .drop, .presence, nil]
        let excerpt = try parsed(contents.excerpt { _, _ in keeping.randomElement(using: &generator) ?? nil })
        #expect(excerpt.allSatisfy { contents[$0.dumpID] != nil })
        _ = try parsed(contents.excerpt(of: contents.map(\.dumpID).shuffled(using: &generator)))
    }

    @Test("of an archive without entries have none")
    func empty() throws {
        let contents = try parsed(ArchiveEncoder().prefix())
        #expect(contents.excerpt { _, _ in .everything } == contents.prefix)
        #expect(contents.excerpt(of: []) == contents.prefix)
    }
}

@Suite("Passes of a restore")
struct RestorePassTests {
    private func entry(_ desc: String, tag: String = "x", section: Int32 = 1) throws -> TOCEntry {
        var encoder = ArchiveEncoder()
        var entry = ArchiveEncoder.Entry(dumpID: 1)
        (entry.desc, entry.tag, entry.section) = (Array(desc.utf8), Array(tag.utf8), section)
        encoder.entries = [entry]
        return try #require(try indexed(encoder.prefix()).contents.first)
    }

    @Test("privileges come last, and then what must see everything")
    func passes() throws {
        #expect(try entry("TABLE").restorePass == .main)
        #expect(try entry("INDEX", section: 4).restorePass == .main)
        #expect(try entry("COMMENT", tag: "TABLE rows").restorePass == .main)
        #expect(try entry("STATISTICS DATA", section: 3).restorePass == .main)
        for desc in ["ACL", "DEFAULT ACL", "ACL LANGUAGE"] {
            #expect(try entry(desc).restorePass == .privileges)
        }
        for desc in ["EVENT TRIGGER", "MATERIALIZED VIEW DATA"] {
            #expect(try entry(desc, section: 4).restorePass == .afterPrivileges)
        }
        #expect(try entry("COMMENT", tag: "EVENT TRIGGER audit").restorePass == .afterPrivileges)
        #expect(try entry("STATISTICS DATA", section: 4).restorePass == .afterPrivileges)
    }

    @Test("an entry without a section belongs to that of the last one before it that has one")
    func sections() throws {
        var encoder = ArchiveEncoder()
        for (index, section) in [Int32(1), 2, 1, 3, 1, 1, 4, 1].enumerated() {
            var entry = ArchiveEncoder.Entry(dumpID: Int32(index) + 1)
            entry.section = section
            encoder.entries.append(entry)
        }
        let sections = try indexed(encoder.prefix()).contents.effectiveSections()
        #expect(
            sections == [.preData, .preData, .preData, .data, .data, .data, .postData, .postData])
    }
}
