import Diagnostics
import PostgresFormats
import Testing

@testable import LogicalBackup

@Suite("A list of entries that a person has edited")
struct EntryListTests {
    @Test("names what its lines begin with; semicolons begin comments")
    func lines() throws {
        let text = """
            ;
            ; Archive created at 2026-11-21 08:09:50 UTC
            215; 1259 16387 TABLE public rows postgres
            ;216; 1259 16394 TABLE left out
              3377; 0 16387 TABLE DATA public rows postgres\r

            \t7
            8 TABLE without a semicolon
            """
        let list = try EntryList(Array(text.utf8))
        #expect(list.dumpIDs == Set([215, 3377, 7, 8].compactMap { DumpID($0) }))
    }

    @Test(
        "is refused where it cannot be read, with the line",
        arguments: ["TABLE", "0;", "-5;", "+5;", "2147483648;", "12a;", "５;", "\u{0}5;"])
    func unreadable(line: String) throws {
        let error = #expect(throws: SelectionError.self) { try EntryList(Array("1; x\n\(line)\n".utf8)) }
        #expect(error?.kind == .listUnreadable(line: 2))
        #expect(error?.exitCode == .wrongUsage)
    }

    @Test("is refused if it names nothing", arguments: ["", "\n\n", "; 5; TABLE\n"])
    func empty(text: String) throws {
        let error = #expect(throws: SelectionError.self) { try EntryList(Array(text.utf8)) }
        #expect(error?.kind == .listEmpty)
    }
}
