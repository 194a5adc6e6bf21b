import BlobStorage
import DirectoryStore
import SystemCalls
import TestSupport
import Testing

@Suite("The page about the directory store's format")
struct RecoveryTests {
    static let tools = ["/usr/bin/sqlite3", "/bin/dd", "/bin/sh"]

    @Test(
        "has a recipe that brings back a blob without Penstock",
        .enabled(if: tools.allSatisfy { Files.isExecutable($0) }, "sqlite3, dd or sh is missing"))
    func recipe() async throws {
        try await withTemporaryDirectory { path in
            var expected: [UInt8] = []
            try await withStore(path) { account in
                let container = try ContainerName("backups")
                let name = try BlobName("cluster.sql")
                _ = try await account.create(container, metadata: [:])
                let store = account.store(of: container)
                var ids: [BlockID] = []
                for (index, size) in [3, 16_384, 16_385, 1, 2_500_000].enumerated() {
                    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 3 &+ index) }
                    ids.append(try block("\(index)"))
                    try await store.stage(bytes.span, as: ids[index], of: name)
                    expected += bytes
                }
                try await store.commit(ids, to: name)
            }
            let script = "cd '\(path)' || exit 1\n" + (try Self.recipes()).joined(separator: "\n")
            try ChildProcess.run("/bin/sh", ["-e", "-c", script])
            #expect(try Files.contents(of: path + "/out", limit: 10 << 20) == expected)
        }
    }

    /// The shell blocks of the page.
    private static func recipes() throws -> [String] {
        let root = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
        let page = String(decoding: try Files.contents(of: root + "/docs/formats/directory-store.md"), as: UTF8.self)
        let recipes = page.split(separator: "```sh\n").dropFirst().map { part in
            part.split(separator: "```", maxSplits: 1, omittingEmptySubsequences: false).first.map { String($0) } ?? ""
        }
        try #require(recipes.count == 2)
        return recipes
    }
}
