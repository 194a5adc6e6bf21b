import Diagnostics
import PostgresClient
import PostgresFormats
import PostgresTools
import TestSupport
import Testing

@testable import LogicalBackup

@Suite(
    "What is chosen of an archive",
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct EntrySelectorTests {
    private func contents(_ name: String = "everything-z6-pipe.dump") async throws -> TableOfContents {
        try await StoredFixture(name).contents()
    }

    private func select(
        _ contents: TableOfContents, noPrivileges: Bool = false, _ choose: (inout RestoreSelection) throws -> Void
    ) async throws -> SelectedEntries {
        var selection = RestoreSelection()
        try choose(&selection)
        let finder = ToolFinder(explicitDirectory: PostgresCluster.installedPrograms, environment: [:])
        let selector = EntrySelector(
            selection: selection, noPrivileges: noPrivileges,
            restore: try await finder.find(.restore, for: ToolRule(leastMajor: 0)), environment: [:])
        return try await selector.entries(of: contents, archiveSize: 1 << 20, pieces: nil, database: "everything")
    }

    private func chosen(
        _ contents: TableOfContents, noPrivileges: Bool = false, _ choose: (inout RestoreSelection) throws -> Void
    ) async throws -> [String] {
        contents.names(try await select(contents, noPrivileges: noPrivileges, choose).dumpIDs)
    }

    @Test("a table is its definition, its rows, and what is said of it")
    func table() async throws {
        let contents = try await contents()
        let all = ["TABLE public rows", "COMMENT public TABLE rows", "ACL public TABLE rows", "TABLE DATA public rows"]
        #expect(try await chosen(contents) { $0.tables = ["rows"] } == all)
        #expect(
            try await chosen(contents, noPrivileges: true) { $0.tables = ["rows"] }
                == all.filter { !$0.hasPrefix("ACL") })
        #expect(
            try await chosen(contents) {
                $0.tables = ["rows"]
                $0.content = .dataOnly
            } == ["TABLE DATA public rows"])
        #expect(
            try await chosen(contents) {
                $0.tables = ["rows"]
                $0.sections = [.preData]
            } == Array(all.dropLast()))
    }

    @Test("names with line ends, quotes and letters of all kinds are found, and forge nothing in pg_restore's list")
    func oddNames() async throws {
        let contents = try await contents()
        let odd = "line\nbreak, 'quote', $dollar$, \\back"
        let lines = try await select(contents) { $0.tables = [odd, "Tàble 表"] }
        #expect(
            contents.names(lines.dumpIDs) == [
                "TABLE Sché\"ma ünï Tàble 表", "TABLE public line\\nbreak, 'quote', $dollar$, \\back",
                "TABLE DATA Sché\"ma ünï Tàble 表", "TABLE DATA public line\\nbreak, 'quote', $dollar$, \\back",
            ])
        #expect(lines.neededSchemas.keys.sorted() == ["Sché\"ma ünï"])
        let completed = lines.adding(schemas: Array(lines.neededSchemas.values), noPrivileges: false)
        #expect(contents.names(completed.dumpIDs).first == "SCHEMA Sché\"ma ünï")
        #expect(completed.neededSchemas.isEmpty)
        // In an encoding that is not the command line's, a name cannot be given; the rest can.
        let latin = try await self.contents("latin1.dump")
        #expect(try await select(latin) { $0.content = .dataOnly }.members.count == 1)
    }

    @Test("schemas and lists narrow it down together")
    func together() async throws {
        let contents = try await contents()
        #expect(
            try await chosen(contents) { $0.excludedSchemas = ["public"] }.allSatisfy { !$0.contains("public") })
        let rows = try contents.entry("TABLE DATA", "rows").dumpID
        let child = try contents.entry("TABLE DATA", "child").dumpID
        let list = try EntryList(Array("\(child);\n\(rows); TABLE DATA\n".utf8))
        #expect(
            try await chosen(contents) { $0.list = list } == ["TABLE DATA public child", "TABLE DATA public rows"])
        #expect(
            try await chosen(contents) {
                $0.list = list
                $0.excludedTables = ["child"]
            } == ["TABLE DATA public rows"])
    }

    @Test("a table that is not wanted takes with it what cannot be there without it, and no other table's rows")
    func excluded() async throws {
        let contents = try await contents()
        let all = try await chosen(contents) { _ in }
        let selected = try await select(contents) { $0.excludedTables = ["rows"] }
        let left = contents.names(selected.dumpIDs)
        let gone = all.filter { !left.contains($0) }
        #expect(
            gone == [
                "TABLE public rows", "COMMENT public TABLE rows", "ACL public TABLE rows",
                "MATERIALIZED VIEW public counted", "VIEW public few", "TABLE DATA public rows",
                "CONSTRAINT public rows rows_pkey", "FK CONSTRAINT public child child_row_id_fkey",
                "MATERIALIZED VIEW DATA public counted",
            ])
        // Named are the objects that somebody would miss.
        #expect(
            selected.leftOut.map { $0.desc?.description }
                == ["MATERIALIZED VIEW", "VIEW", "FK CONSTRAINT"])
        // Its own foreign key goes with a table without a word; rows of the other stay.
        let own = try await select(contents) { $0.excludedTables = ["child"] }
        #expect(own.leftOut.isEmpty)
        #expect(contents.names(own.dumpIDs).contains("TABLE DATA public rows"))
        #expect(!contents.names(own.dumpIDs).contains { $0.contains("child ") })
    }

    @Test("what would be made, and what would only be filled")
    func relations() async throws {
        let contents = try await contents()
        let table = try await select(contents) { $0.tables = ["rows", "few"] }
        #expect(table.madeRelations?.map(\.description) == ["public.rows", "public.few"])
        #expect(!table.fillsOthers)
        let data = try await select(contents) { $0.content = .dataOnly }
        #expect(data.madeRelations == [] && data.fillsOthers)
        let latin = try await self.contents("latin1.dump")
        #expect(try await select(latin) { $0.content = .schemaOnly }.madeRelations == nil)
        let post = try await select(contents) { $0.sections = [.postData] }
        #expect(post.madeRelations == [] && post.neededSchemas.isEmpty)
    }

    static let unknownNames: [(String, SelectionError.Kind)] = [
        ("table", .unknownName(noun: "table", name: "row", nearest: "rows")),
        ("table", .unknownName(noun: "table", name: "public.rows", nearest: nil)),
        ("excluded", .unknownName(noun: "table", name: "chidl", nearest: "child")),
        ("schema", .unknownName(noun: "schema", name: "pubic", nearest: "public")),
        ("index", .unknownName(noun: "index", name: "rows_pkey", nearest: nil)),
        ("function", .unknownName(noun: "function", name: "f()", nearest: nil)),
    ]

    @Test("a name that means nothing is refused, although the others mean something", arguments: unknownNames)
    func unknown(option: String, kind: SelectionError.Kind) async throws {
        guard case .unknownName(_, let name, _) = kind else { return }
        let contents = try await contents()
        let error = await #expect(throws: SelectionError.self) {
            try await select(contents) { selection in
                if option == "table" { selection.tables = ["rows", name] }
                if option == "excluded" { selection.excludedTables = [name] }
                if option == "schema" { selection.schemas = ["public", name] }
                if option == "index" { selection.indexes = [name] }
                if option == "function" { selection.functions = [name] }
            }
        }
        #expect(error?.kind == kind)
        #expect(error?.exitCode == .notFound && error?.remedy?.contains("--list") == true)
    }

    @Test("nothing at all, and an entry that is not there, are refused")
    func nothing() async throws {
        let contents = try await contents()
        let nothing = await #expect(throws: SelectionError.self) {
            try await select(contents) {
                $0.tables = ["rows"]
                $0.sections = [.postData]
            }
        }
        #expect(nothing?.kind == .nothingSelected)
        let unknown = await #expect(throws: SelectionError.self) {
            try await select(contents) { $0.list = try EntryList(Array("1000000;".utf8)) }
        }
        #expect(unknown?.kind == .unknownEntry(dumpID: 1_000_000))
        // A table of another schema than the one that is named.
        let elsewhere = await #expect(throws: SelectionError.self) {
            try await select(contents) {
                $0.tables = ["rows"]
                $0.schemas = ["Sché\"ma ünï"]
            }
        }
        #expect(elsewhere?.kind == .unknownName(noun: "table", name: "rows", nearest: nil))
    }

    @Test("a listing that is not pg_restore's is refused")
    func foreignListing() async throws {
        let contents = try await contents()
        let rows = try contents.entry("TABLE", "rows").dumpID
        #expect(try ArchiveListing(Array(";\n\(rows); 1259 TABLE\n".utf8), of: contents).dumpIDs == [rows])
        for line in ["1000000; 0 0 TABLE", "usage: pg_restore"] {
            #expect(throws: ArchiveListingError.self) { try ArchiveListing(Array(line.utf8), of: contents) }
        }
    }
}
