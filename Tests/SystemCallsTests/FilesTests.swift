import ByteStreams
import Diagnostics
import SystemCalls
import TestSupport
import Testing

@Suite("Files")
struct FilesTests {
    @Test("are made, found, renamed and removed")
    func life() async throws {
        try await withTemporaryDirectory { path in
            try Files.open(path + "/a", .create).write([1, 2, 3].span)
            #expect(Files.exists(path + "/a") && !Files.isDirectory(path + "/a"))
            try Files.rename(path + "/a", to: path + "/b")
            #expect(try Files.names(in: path) == ["b"])
            #expect(try Files.contents(of: path + "/b") == [1, 2, 3])
            #expect(try Files.permissions(of: path + "/b") == 0o600)
            try Files.remove(path + "/b")
            #expect(try Files.names(in: path) == [])
        }
    }

    @Test("say why they cannot be opened")
    func errors() async throws {
        try await withTemporaryDirectory { path in
            _ = try Files.open(path + "/a", .create)
            let twice = #expect(throws: SystemError.self) { _ = try Files.open(path + "/a", .create).number }
            #expect(twice?.alreadyExists == true && twice?.exitCode == .exists)
            let missing = #expect(throws: SystemError.self) { _ = try Files.open(path + "/b", .read).number }
            #expect(missing?.isNotFound == true && missing?.subject == path + "/b")
            #expect(missing?.summary.contains("No such file") == true)
        }
    }

    @Test("are not read beyond a limit")
    func limit() async throws {
        try await withTemporaryDirectory { path in
            try Files.open(path + "/a", .create).write([UInt8](repeating: 1, count: 200_000).span)
            #expect(try Files.contents(of: path + "/a").count == 200_000)
            #expect(throws: SystemError.self) { try Files.contents(of: path + "/a", limit: 1000) }
        }
    }

    @Test("lie in directories that are made with all above them, once or twice")
    func directories() async throws {
        try await withTemporaryDirectory { path in
            var made: [String] = []
            try Files.makeDirectory(path + "/a")
            for _ in 0..<2 { try Files.makeDirectories(path + "/a/b/c") { made.append($0) } }
            #expect(made == [path + "/a/b", path + "/a/b/c"])
            #expect(Files.isDirectory(path + "/a/b/c"))
            _ = try Files.open(path + "/a/b/c/file", .create)
            #expect(throws: SystemError.self) { try Files.removeDirectory(path + "/a") }
            try Files.removeTree(path + "/a")
            #expect(try Files.names(in: path) == [])
            _ = try Files.open(path + "/file", .create)
            #expect(throws: SystemError.self) { try Files.makeDirectories(path + "/file/x") }
        }
    }

    @Test("of temporary directories have names of their own and one owner")
    func temporary() async throws {
        try await withTemporaryDirectory { path in
            let first = try Files.makeTemporaryDirectory(in: path, prefix: "x-")
            let second = try Files.makeTemporaryDirectory(in: path, prefix: "x-")
            #expect(first != second && first.hasPrefix(path + "/x-"))
            #expect(try Files.permissions(of: first) == 0o700)
        }
    }
}
