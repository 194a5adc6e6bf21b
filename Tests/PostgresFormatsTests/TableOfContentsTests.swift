import PostgresFormats
import Testing

@Suite("Tables of contents")
struct TableOfContentsTests {
    private func entry(_ desc: ArchiveText, _ tag: ArchiveText, in contents: TableOfContents) throws -> TOCEntry {
        try #require(contents.first { $0.desc == desc && $0.tag == tag })
    }

    @Test("begin with the three settings and list every object")
    func order() throws {
        let contents = try Fixture("everything-z0-pipe.dump").contents()
        #expect(contents.prefix(3).map(\.desc) == ["ENCODING", "STDSTRINGS", "SEARCHPATH"])
        let data = contents.filter(\.dataState.hasData)
        #expect(data.count == 8)
        #expect(data.allSatisfy { $0.hadDumper && $0.section == .data })
        #expect(contents.filter { !$0.dataState.hasData }.allSatisfy { !$0.hadDumper })
        #expect(Set(contents.map(\.section)) == Set(TOCEntry.Section.allCases))
    }

    @Test("have all fields of a table and of its data")
    func fields() throws {
        let contents = try Fixture("everything-z0-pipe.dump").contents()
        let table = try entry("TABLE", "rows", in: contents)
        #expect(table.tableOID == 1259)
        #expect(table.section == .preData)
        #expect(table.definition?.string.hasPrefix("CREATE TABLE public.rows (\n") == true)
        #expect(table.dropStatement == "DROP TABLE public.rows;\n")
        #expect(table.copyStatement == nil || table.copyStatement == "")
        #expect(table.namespace == "public")
        #expect(table.owner == "postgres")
        #expect(table.tableAccessMethod == "heap")
        #expect(table.withOIDs == "false")
        #expect(table.relationKind == nil)
        #expect(table.dataState == .noData)

        let data = try entry("TABLE DATA", "rows", in: contents)
        #expect(data.tableOID == 0)
        #expect(data.oid == table.oid)
        #expect(data.copyStatement == "COPY public.rows (id, words) FROM stdin;\n")
        #expect(data.dependencies == [table.dumpID])
        #expect(data.dataState == .offsetNotSet)
        #expect(contents[data.dumpID]?.tag == "rows")
        #expect(data.description == "TABLE DATA public.rows (dump ID \(data.dumpID))")

        let comment = try entry("COMMENT", "TABLE rows", in: contents)
        #expect(comment.section == .none)
        #expect(comment.definition == "COMMENT ON TABLE public.rows IS 'a comment';\n")
    }

    @Test("keep names as they are, and show them without control characters")
    func names() throws {
        let contents = try Fixture("everything-z0-pipe.dump").contents()
        let odd = try entry("TABLE", "Tàble 表", in: contents)
        #expect(odd.namespace == "Sché\"ma ünï")
        let line = try entry("TABLE", "line\nbreak, 'quote', $dollar$, \\back", in: contents)
        #expect(line.tag?.description == "line\\nbreak, 'quote', $dollar$, \\back")
    }

    @Test("need not be UTF-8")
    func latin() throws {
        let contents = try Fixture("latin1.dump").contents()
        let table = try #require(contents.first { $0.desc == "TABLE" })
        #expect(table.tag.map { Array($0.bytes) } == [0xE9])
        #expect(table.tag?.exactString == nil)
        #expect(table.tag?.string == "\u{FFFD}")
    }

    @Test("are cut short in messages, however long a name is")
    func longNames() throws {
        let text = ArchiveText(Array(repeating: 0x61, count: 100_000)[...])
        #expect(text.description.count == 100)
        #expect(ArchiveText("\u{1B}[2J\u{202E}").description == "\\u{1B}[2J\\u{202E}")
    }

    @Test("say the same in every version", arguments: [12, 13, 14, 15, 16] as [UInt8])
    func versions(minor: UInt8) throws {
        let fixture = try Fixture("everything-z6-pipe.dump")
        let golden = try fixture.index()
        var encoder = ArchiveEncoder(golden.contents, version: ArchiveVersion(1, minor))
        for index in encoder.entries.indices where minor >= 16 { encoder.entries[index].relationKind = 0x72 }
        encoder.data = Array(fixture.bytes[golden.contents.prefix.count...])
        let index = try indexed(encoder.encoded())

        #expect(index.contents.header.version == ArchiveVersion(1, minor))
        #expect(index.contents.header.compression == .zlib(level: nil))
        #expect(index.contents.allSatisfy { $0.relationKind == (minor >= 16 ? 0x72 : nil) })
        #expect(index.contents.contains { $0.tableAccessMethod == "heap" } == (minor >= 14))
        #expect(index.contents.map(\.description) == golden.contents.map(\.description))
        #expect(index.contents.map(\.definition) == golden.contents.map(\.definition))
        #expect(index.contents.map(\.owner) == golden.contents.map(\.owner))
        #expect(index.contents.map(\.dependencies) == golden.contents.map(\.dependencies))
        #expect(index.contents.map(\.dataState) == golden.contents.map(\.dataState))
        let shift = index.contents.prefix.count - golden.contents.prefix.count
        #expect(index.members.map(\.offset) == golden.members.map { $0.offset + shift })
        #expect(index.members.map(\.length) == golden.members.map(\.length))
    }
}

@Suite("Reading a table of contents by ranges")
struct TableOfContentsParsingTests {
    @Test("asks for more until the last byte of the table, and for no more", arguments: Fixture.archives)
    func everyLength(name: String) throws {
        let fixture = try Fixture(name)
        let whole = try fixture.contents()
        for count in 0..<whole.prefix.count {
            let reading = try TableOfContents.parse(
                prefix: fixture.bytes[..<count], archiveSize: fixture.bytes.count,
                maximumPrefixSize: amplePrefix)
            guard case .needsMore(let least) = reading else {
                Issue.record("complete with \(count) of \(whole.prefix.count) bytes")
                return
            }
            #expect(count < least && least <= whole.prefix.count)
        }
        for count in [whole.prefix.count, fixture.bytes.count] {
            let reading = try TableOfContents.parse(
                prefix: fixture.bytes[..<count], archiveSize: fixture.bytes.count,
                maximumPrefixSize: whole.prefix.count)
            guard case .complete(let contents) = reading else {
                Issue.record("not complete with \(count) bytes")
                return
            }
            #expect(contents.prefix == whole.prefix)
        }
    }

    @Test("throws as soon as the table cannot end inside the archive")
    func truncated() throws {
        let fixture = try Fixture("everything-z0-file.dump")
        let size = try fixture.contents().prefix.count - 1
        #expect {
            try TableOfContents.parse(
                prefix: fixture.bytes[..<size], archiveSize: size, maximumPrefixSize: amplePrefix)
        } throws: { ($0 as? ArchiveError)?.kind == .truncated }
        #expect {
            try TableOfContents.parse(prefix: [], archiveSize: 0, maximumPrefixSize: amplePrefix)
        } throws: { ($0 as? ArchiveError)?.kind == .empty }
    }

    @Test("throws if an entry's data would begin beyond the archive's end, or inside the table")
    func offsets() throws {
        let fixture = try Fixture("everything-z0-file.dump")
        let last = try #require(fixture.index().members.last)
        #expect {
            try TableOfContents.parse(
                prefix: fixture.bytes[...], archiveSize: last.offset, maximumPrefixSize: amplePrefix)
        } throws: { ($0 as? ArchiveError)?.kind == .truncated }

        var entry = ArchiveEncoder.Entry.tableData(1)
        entry.state = [2, 50, 0, 0, 0, 0, 0, 0, 0]
        let bytes = ArchiveEncoder(entries: [entry]).encoded()
        #expect {
            try TableOfContents.parse(prefix: bytes[...], archiveSize: 5000, maximumPrefixSize: amplePrefix)
        } throws: { ($0 as? ArchiveError)?.kind == .damaged }
    }
}
