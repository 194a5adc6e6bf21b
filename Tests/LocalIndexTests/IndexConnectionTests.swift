import LocalIndex
import SystemCalls
import TestSupport
import Testing

@Suite("The local index")
struct IndexConnectionTests {
    private func open(_ path: String, _ mode: IndexConnection.Mode = .create, busy: Int = 1) throws -> IndexConnection {
        try IndexConnection(path: path + "/index", mode: mode, busyMilliseconds: busy)
    }

    @Test("keeps values as they were given")
    func values() async throws {
        try await withTemporaryDirectory { path in
            var index = try open(path)
            try index.execute("CREATE TABLE t (a, b)")
            let values: [IndexValue] = [
                nil, 0, .integer(.max), .integer(.min), "", "text", .text("e\u{301}\u{0}x"), .bytes([]),
                .bytes([0, 255]),
            ]
            for (number, value) in values.enumerated() {
                #expect(try index.run("INSERT INTO t VALUES (?, ?)", [.integer(number), value]) == 1)
            }
            #expect(index.lastInsertedID == values.count)
            let kinds = try index.all("SELECT typeof(b) FROM t ORDER BY a") { $0.text(0) ?? "" }
            #expect(kinds == ["null", "integer", "integer", "integer", "text", "text", "text", "blob", "blob"])
            let found = try index.all("SELECT b FROM t ORDER BY a") { row in
                (row.isNull(0), row.integer(0), row.text(0), row.bytes(0))
            }
            #expect(found[0].0 && found[0].2 == nil && found[0].3 == nil)
            #expect(found[2].1 == .max && found[3].1 == .min)
            #expect(found[4].2 == "" && found[5].2 == "text")
            #expect(found[6].3 == Array("e\u{301}\u{0}x".utf8))
            #expect(found[7].3 == [] && found[8].3 == [0, 255])
        }
    }

    @Test("compares texts by their bytes")
    func order() async throws {
        try await withTemporaryDirectory { path in
            var index = try open(path)
            try index.execute("CREATE TABLE t (name TEXT UNIQUE)")
            for name in ["b", "e\u{301}", "\u{E9}", "a", "A"] {
                try index.run("INSERT INTO t VALUES (?)", [.text(name)])
            }
            let names = try index.all("SELECT name FROM t ORDER BY name") { $0.bytes(0) ?? [] }
            #expect(names == ["A", "a", "b", "e\u{301}", "\u{E9}"].map { Array($0.utf8) })
            let behind = try index.all("SELECT name FROM t WHERE name >= ? ORDER BY name", [.textBytes([0xC3])]) {
                $0.bytes(0) ?? []
            }
            #expect(behind == [Array("\u{E9}".utf8)])
        }
    }

    @Test(
        "tells a commit that surely failed from one that may be on the disk",
        arguments: [
            (IndexError.Kind.noSpace, 13, false),  // SQLITE_FULL
            (.noSpace, 1034, true),  // SQLITE_IOERR_FSYNC with ENOSPC
            (.failed, 1034, true), (.failed, 1, true), (.busy, 5, false), (.constraint, 2067, false),
        ])
    func outcome(kind: IndexError.Kind, number: Int32, isOpen: Bool) {
        #expect(IndexError(kind: kind, path: "", message: "", number: number).leavesOutcomeOpen == isOpen)
    }

    @Test("stops when it is told to")
    func stops() async throws {
        try await withTemporaryDirectory { path in
            var index = try open(path)
            var seen: [Int] = []
            try index.forEach("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n") {
                row in
                seen.append(row.integer(0))
                return seen.count < 3
            }
            #expect(seen == [1, 2, 3])
            #expect(try index.first("SELECT 1 WHERE 0") { $0.integer(0) } == nil)
        }
    }

    @Test("keeps a transaction as a whole or not at all")
    func transactions() async throws {
        try await withTemporaryDirectory { path in
            var index = try open(path)
            try index.execute("CREATE TABLE t (a)")
            try index.transaction(.write) { try $0.run("INSERT INTO t VALUES (1)") }
            #expect(throws: BrokenSource.Broken()) {
                try index.transaction(.write) { index in
                    try index.run("INSERT INTO t VALUES (2)")
                    throw BrokenSource.Broken()
                }
            }
            try index.transaction(.write) { index in
                try index.run("INSERT INTO t VALUES (3)")
                #expect(throws: BrokenSource.Broken()) {
                    try index.savepoint { index in
                        try index.run("INSERT INTO t VALUES (4)")
                        throw BrokenSource.Broken()
                    }
                }
                try index.savepoint { try $0.run("INSERT INTO t VALUES (5)") }
            }
            var other = try open(path, .read)
            #expect(try other.all("SELECT a FROM t ORDER BY a") { $0.integer(0) } == [1, 3, 5])
        }
    }

    @Test("is opened durable, with a log and foreign keys")
    func settings() async throws {
        try await withTemporaryDirectory { path in
            var index = try open(path)
            #expect(try index.first("PRAGMA journal_mode") { $0.text(0) } == "wal")
            #expect(try index.first("PRAGMA synchronous") { $0.integer(0) } == 2)
            #expect(try index.first("PRAGMA foreign_keys") { $0.integer(0) } == 1)
        }
    }

    @Test("says what SQLite says")
    func errors() async throws {
        try await withTemporaryDirectory { path in
            var index = try open(path)
            try index.execute("CREATE TABLE t (a UNIQUE)")
            try index.run("INSERT INTO t VALUES (1)")
            let twice = #expect(throws: IndexError.self) { try index.run("INSERT INTO t VALUES (1)") }
            #expect(twice?.kind == .constraint && twice?.message == "UNIQUE constraint failed: t.a")
            let wrong = #expect(throws: IndexError.self) { try index.run("SELEKT 1") }
            #expect(wrong?.kind == .failed && wrong?.message.contains("SELEKT") == true)
            let many = #expect(throws: IndexError.self) { try index.run("SELECT ?", [1, 2]) }
            #expect(many?.message.contains("out of range") == true)
            #expect(try index.run("INSERT INTO t VALUES (2)") == 1)
        }
    }

    @Test("says that it is busy when another connection writes")
    func busy() async throws {
        try await withTemporaryDirectory { path in
            var first = try open(path)
            var second = try open(path)
            let error = try first.transaction(.write) { _ in
                #expect(throws: IndexError.self) { try second.transaction(.write) { _ in } }
            }
            #expect(error?.kind == .busy && error?.remedy != nil)
            try second.transaction(.write) { _ in }
        }
    }

    @Test("cannot be changed by a reader")
    func reader() async throws {
        try await withTemporaryDirectory { path in
            do { var index = try open(path); try index.execute("CREATE TABLE t (a)") }
            var reader = try open(path, .read)
            let error = #expect(throws: IndexError.self) { try reader.run("INSERT INTO t VALUES (1)") }
            #expect(error?.kind == .notPermitted)
        }
    }

    @Test("tells a file that is no index from one that is not there")
    func notAnIndex() async throws {
        try await withTemporaryDirectory { path in
            let missing = #expect(throws: IndexError.self) { _ = try open(path, .update).path }
            #expect(missing?.kind == .notPermitted)
            try Files.open(path + "/index", .create).write([UInt8](repeating: 1, count: 5000).span)
            let damaged = #expect(throws: IndexError.self) { _ = try open(path, .update).path }
            #expect(damaged?.kind == .corrupt && damaged?.remedy?.contains("directory-store.md") == true)
        }
    }
}
