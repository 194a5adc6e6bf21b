import Diagnostics
import PostgresTools
import SystemCalls
import Testing

@Suite("Finding client programs")
struct ToolFinderTests {
    /// A directory with fake programs, each a shell script that answers a version.
    private func withPrograms<Output>(
        _ programs: [(path: String, answer: String)], _ body: (_ root: String) async throws -> Output
    ) async throws -> Output {
        let root = try Files.makeTemporaryDirectory(in: "/tmp", prefix: "tools-")
        defer { try? Files.removeTree(root) }
        for (path, answer) in programs {
            let full = root + "/" + path
            try Files.makeDirectories(String(full[..<(try #require(full.lastIndex(of: "/")))]))
            let file = try Files.open(full, .create, permissions: 0o700)
            try file.write(Array("#!/bin/sh\necho '\(answer)'\n".utf8).span)
            try file.close()
        }
        return try await body(root)
    }

    private func finder(_ root: String, explicit: String? = nil) -> ToolFinder {
        ToolFinder(
            explicitDirectory: explicit, environment: ["PATH": "\(root)/path:relative:/nonexistent"],
            versionsDirectory: root + "/lib")
    }

    @Test("looks in PATH and in each version's directory, and takes the lowest that will do")
    func search() async throws {
        let programs = [
            ("path/pg_dump", "pg_dump (PostgreSQL) 14.1"), ("lib/16/bin/pg_dump", "pg_dump (PostgreSQL) 16.2"),
            ("lib/18/bin/pg_dump", "pg_dump (PostgreSQL) 18.0"), ("lib/9.6/bin/pg_dump", "pg_dump (PostgreSQL) 9.6.24"),
            ("lib/15/bin/pg_dump", "something else"),
        ]
        try await withPrograms(programs) { root in
            let finder = finder(root)
            let all = try await finder.installed(.dump)
            #expect(all.map(\.version.text) == ["14.1", "18.0", "16.2"])
            let best = try await finder.find(.dump, for: .dumping(serverMajor: 15))
            #expect(best.path == root + "/lib/16/bin/pg_dump")
            let inPath = try await finder.find(.dump, for: .dumping(serverMajor: 13))
            #expect(inPath.path == root + "/path/pg_dump")
            let tooOld = await #expect(throws: ToolError.self) {
                try await finder.find(.dump, for: .dumping(serverMajor: 19))
            }
            #expect(tooOld?.kind == .tooOld)
            #expect(tooOld?.found == "18.0")
            #expect(tooOld?.remedy?.contains("`postgresql-client-19`") == true)
            #expect(tooOld?.exitCode == .toolMismatch)
            let missing = await #expect(throws: ToolError.self) {
                try await finder.find(.restore, for: .dumping(serverMajor: 16))
            }
            #expect(missing?.kind == .toolMissing)
            #expect(missing?.remedy?.contains("`postgresql-client-16`") == true)
            #expect(missing?.exitCode == .toolMismatch)
        }
    }

    @Test("looks nowhere else when a directory is given")
    func explicit() async throws {
        let programs = [
            ("path/psql", "psql (PostgreSQL) 16.2"), ("mine/psql", "psql (PostgreSQL) 15.1"),
            ("odd/psql", "GNU psql"),
        ]
        try await withPrograms(programs) { root in
            let mine = finder(root, explicit: root + "/mine")
            let found = try await mine.find(.script, for: ToolRule(leastMajor: 10))
            #expect(found.version.text == "15.1")
            let tooOld = await #expect(throws: ToolError.self) {
                try await mine.find(.script, for: ToolRule(leastMajor: 16))
            }
            #expect(tooOld?.kind == .tooOld)
            let missing = await #expect(throws: ToolError.self) {
                try await mine.find(.dump, for: ToolRule(leastMajor: 10))
            }
            #expect(missing?.kind == .toolMissing)
            let odd = await #expect(throws: ToolError.self) {
                try await finder(root, explicit: root + "/odd").find(.script, for: ToolRule(leastMajor: 10))
            }
            #expect(odd?.kind == .notUnderstood)
        }
    }
}
