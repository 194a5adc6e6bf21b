import ByteStreams
import Diagnostics
import PostgresClient
import PostgresFormats
import TestSupport
import Testing

@testable import LogicalBackup

@Suite("Rows from a session")
struct CopyFeedTests {
    @Test("are as many as the server says it sent, or the dump fails", arguments: [2, 3, 4, 0])
    func counted(said: Int) async throws {
        let server = try ScriptedServer { try Self.serve($0, rows: ["1", "two", "3"], saying: said) }
        let parameters = ConnectionParameters(
            host: "127.0.0.1", port: "\(server.port)", user: "nobody", target: "sslmode=disable gssencmode=disable")
        try await withPostgresConnection(parameters, log: .silent) { connection in
            guard said != 3 else { return try await Self.read(connection) }
            let error = await #expect(throws: ParallelDumpError.self) { try await Self.read(connection) }
            #expect(error?.kind == .tableFailed(table: "public.t") && error?.exitCode == .integrity)
            #expect((error?.cause as? ParallelDumpError)?.kind == .rowsMissing(sent: said, received: 3))
        }
    }

    private static func read(_ connection: PostgresConnection) async throws {
        let table = Table(
            oid: 20_000, schema: "public", name: "t", holdsRows: true, isHeap: true, pages: 1, sizeBytes: 8192,
            columns: ["v"], condition: nil)
        let contents = try contents()
        let dumpID = try #require(contents.first { $0.dataState.hasData }?.dumpID)
        let pool = BlockPool(budget: .mebibytes(8))
        var cutter = PieceCutter(try await pool.lend(1 << 20))
        for _ in 0..<2 { cutter.add(try await pool.lend(1 << 20)) }
        var room = try await pool.lend(PieceCutter.mostBytes)
        var feed = CopyFeed(
            [TablePart(dumpID: dumpID, table: table, pages: nil)], on: connection, by: TableReading(encoding: "UTF8"),
            contents: contents, record: StretchRecord())
        while try await feed.advance(through: &room, into: &cutter) {}
    }

    private static func contents() throws -> TableOfContents {
        let bytes = try Fixtures.bytes("archives/everything-z0-file.dump")
        let reading = try TableOfContents.parse(prefix: bytes.span, archiveSize: 1 << 40, maximumPrefixSize: 1 << 20)
        guard case .complete(let contents) = reading else { throw Cut() }
        return contents
    }

    private struct Cut: Error {}

    /// A server that lets everybody in, and answers one statement with these rows.
    ///
    /// Source: <https://www.postgresql.org/docs/current/protocol-message-formats.html>
    private static func serve(_ connection: ScriptedConnection, rows: [String], saying count: Int) throws {
        func number(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
        func send(_ kind: Character, _ body: [UInt8]) throws {
            try connection.send(Array(String(kind).utf8) + number(body.count + 4) + body)
        }
        func receive(_ count: Int) throws -> [UInt8] {
            var bytes: [UInt8] = []
            while bytes.count < count {
                let piece = try connection.receive(atMost: count - bytes.count)
                if piece.isEmpty { throw Cut() }
                bytes += piece
            }
            return bytes
        }
        func body() throws -> [UInt8] {
            try receive(try receive(4).reduce(0) { $0 << 8 | Int($1) } - 4)
        }
        _ = try body()
        try send("R", number(0))
        try send("S", Array("server_version\0".utf8) + Array("15.0\0".utf8))
        try send("Z", Array("I".utf8))
        // As far as Sync, which ends a statement.
        while try receive(1) != Array("S".utf8) { _ = try body() }
        _ = try body()
        try send("1", [])
        try send("2", [])
        try send("n", [])
        try send("H", [0, 0, 1, 0, 0])
        for row in rows { try send("d", Array((row + "\n").utf8)) }
        try send("c", [])
        try send("C", Array("COPY \(count)\0".utf8))
        try send("Z", Array("I".utf8))
        try connection.waitForClose()
    }
}
