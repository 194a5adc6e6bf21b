import Diagnostics
import PostgresFormats
import PostgresTools
import TestSupport
import Testing

@testable import LogicalBackup

@Suite("Stages of a restore")
struct RestoreStagesTests {
    private func parsed(_ bytes: [UInt8]) throws -> TableOfContents {
        let reading = try TableOfContents.parse(
            prefix: bytes.span, archiveSize: 1 << 40, maximumPrefixSize: 1 << 20)
        guard case .complete(let contents) = reading else { throw Cut() }
        return contents
    }

    private struct Cut: Error {}

    private func everything() throws -> TableOfContents {
        try parsed(Fixtures.bytes("archives/everything-z0-file.dump"))
    }

    private func made(_ contents: TableOfContents) -> [DumpID] {
        contents.filter { $0.definition != nil && $0.definition != "--\n" && !$0.isSetting }.map(\.dumpID)
    }

    @Test("make every entry once, and the data between them")
    func complete() throws {
        let contents = try everything()
        let stages = RestoreStages(contents, selected: nil)
        let schema = made(try parsed(#require(stages.schema(clean: false))))
        let finish =
            made(try parsed(#require(stages.finish())))
            + made(try parsed(#require(stages.refresh())))
        let undone = try parsed(#require(stages.undoneFinish())).filter { !$0.isSetting }
        #expect(undone.allSatisfy { $0.definition == "--\n" && finish.contains($0.dumpID) } && !undone.isEmpty)
        #expect(stages.watch() == nil, "the fixture has no event triggers")
        let data = contents.filter(\.dataState.hasData).map(\.dumpID)
        #expect(Set(schema + finish + data).count == schema.count + finish.count + data.count)
        #expect(!schema.isEmpty && !finish.isEmpty && !data.isEmpty)
        let left = contents.filter { entry in
            !entry.isSetting && entry.definition != nil && !(schema + finish + data).contains(entry.dumpID)
        }
        #expect(left.isEmpty, "\(left)")
    }

    @Test("keep to pg_restore's passes: privileges and refreshes come last")
    func passes() throws {
        let contents = try everything()
        let stages = RestoreStages(contents, selected: nil)
        let schema = try parsed(#require(stages.schema(clean: false)))
        #expect(schema.allSatisfy { $0.restorePass == .main && $0.section != .postData })
        #expect(schema.contains { $0.desc == "SEQUENCE SET" })
        let finish = made(try parsed(#require(stages.finish())))
        for entry in contents where entry.restorePass != .main || entry.section == .postData {
            #expect(finish.contains(entry.dumpID) == (entry.desc != "MATERIALIZED VIEW DATA"), "\(entry)")
        }
        let refreshed = made(try parsed(#require(stages.refresh())))
        #expect(refreshed == contents.filter { $0.desc == "MATERIALIZED VIEW DATA" }.map(\.dumpID))
    }

    @Test("make the large objects of newer versions with their privileges, and do not show them to later stages")
    func largeObjects() throws {
        let contents = try parsed(Fixtures.bytes("archives/everything-18-z0-file.dump"))
        let stages = RestoreStages(contents, selected: nil)
        let schema = made(try parsed(#require(stages.schema(clean: false))))
        let objects = contents.filter { $0.desc == "BLOB METADATA" }
        #expect(!objects.isEmpty && objects.allSatisfy { schema.contains($0.dumpID) })
        for late in [stages.finish(), stages.refresh()] {
            let late = try parsed(#require(late))
            #expect(objects.allSatisfy { late[$0.dumpID] == nil })
        }
    }

    @Test("drop everything that can be dropped, in one go, with --clean")
    func clean() throws {
        let contents = try everything()
        let schema = try parsed(#require(RestoreStages(contents, selected: nil).schema(clean: true)))
        let wanted = contents.filter { $0.dropStatement?.bytes.isEmpty == false }
        #expect(wanted.contains { $0.section == .postData })
        for entry in wanted { #expect(schema[entry.dumpID]?.dropStatement == entry.dropStatement, "\(entry)") }
        #expect(schema.map(\.dumpID) == contents.map(\.dumpID).filter { schema[$0] != nil })
    }

    @Test("touch nothing but what is selected, and keep the tables in sight")
    func selected() throws {
        let contents = try everything()
        let index = try #require(contents.first { $0.section == .postData && $0.restorePass == .main })
        let stages = RestoreStages(contents, selected: [index.dumpID])
        #expect(stages.schema(clean: false) == nil)
        let dropped = try parsed(#require(stages.schema(clean: true)))
        #expect(dropped.filter { !$0.isSetting }.map(\.dumpID) == [index.dumpID])
        let finish = try parsed(#require(stages.finish()))
        #expect(made(finish) == [index.dumpID])
        #expect(finish.contains { $0.desc == "TABLE" })
        let nothing = RestoreStages(contents, selected: [])
        #expect(nothing.schema(clean: true) == nil && nothing.finish() == nil && nothing.refresh() == nil)
    }
}

@Suite("Jobs of a restore")
struct RestoreJobsTests {
    @Test("are one, or refused, where pg_restore sets what the server does not know")
    func newerTool() throws {
        #expect(try RestoreSettings.Jobs.atMost(4).number(toolMajor: 17, serverMajor: 15) == 1)
        #expect(try RestoreSettings.Jobs.exactly(1).number(toolMajor: 17, serverMajor: 15) == 1)
        let refusal = #expect(throws: ToolError.self) {
            try RestoreSettings.Jobs.exactly(4).number(toolMajor: 18, serverMajor: 16)
        }
        #expect(refusal?.kind == .tooNew && refusal?.exitCode == .toolMismatch)
        #expect(refusal?.remedy?.contains("--jobs 1") == true)
        for (tool, server) in [(16, 15), (17, 17), (18, 17), (15, 15)] {
            #expect(try RestoreSettings.Jobs.exactly(4).number(toolMajor: tool, serverMajor: server) == 4)
            #expect(try RestoreSettings.Jobs.atMost(3).number(toolMajor: tool, serverMajor: server) == 3)
        }
    }

    @Test("count no setting that an older server does not need")
    func settings() {
        let unknown =
            "pg_restore: error: could not execute query: ERROR:  "
            + #"unrecognized configuration parameter "transaction_timeout""#
        let messages = ToolMessages.ofRestore()
        messages.receive(unknown)
        messages.receive("Command was: SET transaction_timeout = 0;")
        messages.receive("pg_restore: warning: errors ignored on restore: 1")
        #expect(messages.passedOver == 0)
        let mixed = ToolMessages.ofRestore()
        mixed.receive(unknown)
        mixed.receive("pg_restore: error: could not execute query: ERROR:  relation \"x\" does not exist")
        mixed.receive("pg_restore: warning: errors ignored on restore: 2")
        #expect(mixed.passedOver == 1)
        let ended = ToolMessages.ofRestore()
        ended.receive(unknown)
        ended.receive("pg_restore: error: could not read from input file: end of file")
        #expect(ended.passedOver == nil)
    }
}

extension RestoreStagesTests {
    @Test("restore a table behind those that its foreign keys point to, where these are in the target already")
    func waves() throws {
        let contents = try everything()
        let members = contents.filter(\.dataState.hasData).enumerated().map { index, entry in
            StoredArchive.Member(dumpID: entry.dumpID, range: index * 10..<index * 10 + 10)
        }
        let child = try #require(contents.first { $0.desc == "TABLE DATA" && $0.tag == "child" }).dumpID
        #expect(RestoreStages(contents, selected: nil).waves(members) == [members])
        let waves = RestoreStages(contents, selected: Set(members.map(\.dumpID))).waves(members)
        #expect(waves == [members.filter { $0.dumpID != child }, members.filter { $0.dumpID == child }])
        let alone = members.filter { $0.dumpID == child }
        #expect(RestoreStages(contents, selected: [child]).waves(alone) == [alone])
        #expect(RestoreStages(contents, selected: []).waves([]).isEmpty)
    }
}
