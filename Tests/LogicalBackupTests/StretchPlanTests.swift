import PostgresClient
import PostgresFormats
import TestSupport
import Testing

@testable import LogicalBackup

@Suite("How the data of a dump is cut into stretches")
struct StretchPlanTests {
    private static let mebibyte = 1 << 20

    private let contents: TableOfContents

    init() throws {
        let bytes = try Fixtures.bytes("archives/everything-z0-pipe.dump")
        var indexer = ArchiveIndexer(maximumPrefixSize: 1 << 20)
        _ = try indexer.consume(bytes.span)
        contents = try #require(indexer.contents)
    }

    private var entries: [TOCEntry] { contents.filter { $0.desc == "TABLE DATA" } }

    /// The tables of the archive, of which those that are named have that many bytes, and the others 8 KiB.
    private func tables(
        _ sizes: [String: Int] = [:], isHeap: Bool = true, condition: String? = nil
    ) throws -> [UInt32: Table] {
        var tables: [UInt32: Table] = [:]
        for entry in entries {
            let statement = try #require(entry.copyStatement.flatMap { CopyStatement($0) })
            let name = entry.tag?.string ?? ""
            let size = sizes[name] ?? 8192
            tables[entry.oid] = Table(
                oid: entry.oid, schema: "public", name: name, holdsRows: true, isHeap: isHeap, pages: size / 8192,
                sizeBytes: size, columns: statement.columns.map { String(decoding: $0, as: UTF8.self) },
                condition: condition)
        }
        return tables
    }

    private func plan(_ tables: [UInt32: Table], jobs: Int = 2, splits: Bool = true) throws -> StretchPlan {
        try StretchPlan(contents, tables: tables, jobs: jobs, splits: splits)
    }

    @Test("small tables in a row are one, and large objects another that is begun first")
    func small() throws {
        let plan = try plan(tables())
        let members = contents.filter(\.dataState.hasData)
        #expect(plan.stretches.count == 2)
        guard case .tables(let parts) = plan.stretches[0], case .largeObjects(let objects) = plan.stretches[1] else {
            Issue.record("\(plan.stretches)")
            return
        }
        #expect(parts.map(\.dumpID) + objects == members.map(\.dumpID))
        #expect(parts.allSatisfy { $0.pages == nil && $0.begins })
        #expect(plan.order == [1, 0])
    }

    @Test("a large table is read in ranges that cover it, largest first, and ended")
    func large() throws {
        let plan = try plan(tables(["rows": 100 * Self.mebibyte, "wide": 20 * Self.mebibyte]))
        var ranges: [String: [TablePart.Pages]] = [:]
        var endings = 0
        for stretch in plan.stretches {
            switch stretch {
            case .tables(let parts):
                for part in parts { part.pages.map { ranges[part.table.name, default: []].append($0) } }
            case .ending: endings += 1
            case .largeObjects: break
            }
        }
        #expect(ranges["rows"]?.count == 13)
        #expect(ranges["wide"]?.count == 3)
        #expect(endings == 2)
        for parts in ranges.values {
            #expect(parts.first?.first == 0)
            #expect(parts.last?.end == nil)
            for (part, next) in zip(parts, parts.dropFirst()) { #expect(part.end == next.first) }
        }
        #expect(Set(plan.order).count == plan.stretches.count - endings)
    }

    @Test("what has no pages to speak of, or not all its rows, is read whole")
    func unsplit() throws {
        let sizes = ["rows": 100 * Self.mebibyte]
        for plan in [
            try plan(tables(sizes), splits: false), try plan(tables(sizes, isHeap: false)),
            try plan(tables(sizes, condition: "WHERE true")),
        ] {
            #expect(plan.stretches.allSatisfy { if case .ending = $0 { false } else { true } })
        }
    }

    @Test("a table that is not locked, or has other columns than the archive says, is refused")
    func refused() throws {
        let all = try tables()
        for entry in entries {
            var fewer = all
            fewer[entry.oid] = nil
            #expect(throws: ParallelDumpError.self) { try plan(fewer) }
            let table = try #require(all[entry.oid])
            var other = all
            other[entry.oid] = Table(
                oid: table.oid, schema: table.schema, name: table.name, holdsRows: true, isHeap: true, pages: 1,
                sizeBytes: 8192, columns: table.columns + ["more"], condition: nil)
            #expect(throws: ParallelDumpError.self) { try plan(other) }
        }
    }

    @Test("statements read what pg_dump would, and name no more than one table")
    func statements() {
        let table = Table(
            oid: 1, schema: "s \"x", name: "tä", holdsRows: true, isHeap: true, pages: 10, sizeBytes: 81920,
            columns: ["a", "ü"], condition: nil)
        let filtered = Table(
            oid: 1, schema: "s", name: "t", holdsRows: true, isHeap: true, pages: 1, sizeBytes: 8192, columns: ["a"],
            condition: "WHERE a > 1")
        let empty = Table(
            oid: 1, schema: "s", name: "t", holdsRows: true, isHeap: true, pages: 1, sizeBytes: 8192, columns: [],
            condition: nil)
        let id = contents[0].dumpID
        let reading = TableReading(encoding: "UTF8")
        #expect(
            reading.copy(TablePart(dumpID: id, table: table, pages: nil))
                == "COPY \"s \"\"x\".\"tä\" (\"a\", \"ü\") TO STDOUT")
        #expect(
            reading.copy(TablePart(dumpID: id, table: table, pages: TablePart.Pages(first: 3, end: 7)))
                == "COPY (SELECT \"a\", \"ü\" FROM ONLY \"s \"\"x\".\"tä\" WHERE ctid >= '(3,0)'::pg_catalog.tid"
                + " AND ctid < '(7,0)'::pg_catalog.tid) TO STDOUT")
        #expect(
            reading.copy(TablePart(dumpID: id, table: filtered, pages: nil))
                == "COPY (SELECT \"a\" FROM ONLY \"s\".\"t\" WHERE a > 1) TO STDOUT")
        #expect(reading.copy(TablePart(dumpID: id, table: empty, pages: nil)) == "COPY \"s\".\"t\" TO STDOUT")
        #expect(
            TableReading(encoding: "LATIN1").lock([TablePart(dumpID: id, table: table, pages: nil)]).statement
                == "LOCK TABLE ONLY \"s \"\"x\".U&\"t\\+0000e4\" IN ACCESS SHARE MODE NOWAIT")
    }
}
