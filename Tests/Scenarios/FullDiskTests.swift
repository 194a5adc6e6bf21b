import Subprocesses
import SystemCalls
import TestSupport
import Testing

@Suite(
    "A server whose disk is full", .tags(.postgres, .faults), .serialized,
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"),
    .enabled("mounting a small file system is not permitted here") { try await SmallDisk.isPermitted })
struct FullDiskTests {
    @Test("is said with what to do, and leaves nothing visible")
    func full() async throws {
        let cluster = try await PostgresCluster.shared()
        let name = PostgresCluster.uniqueName("full")
        try await withDatabases([name], in: cluster, rows: 30_000) {
            try await SmallDisk.during(size: "12m") { directory in
                try await StoreServer.during(directory: directory) { server in
                    let container = server.account + "/backups"
                    let penstock = Penstock(environment: cluster.environment())
                    try await penstock.run("container", "create", container).expecting()
                    let dump = ["dump", "-d", name, "--to", container, "--compress", "none"]
                    try await penstock.run(dump).expectingRefusal(16, saying: "no space", hint: "Free some space")
                    let bytes = [UInt8](repeating: 7, count: 20 << 20)
                    try await penstock.run("upload", container + "/x", input: bytes)
                        .expectingRefusal(16, saying: "no space", hint: "Free some space")
                    #expect(try await penstock.run("blob", "list", container, "--json").expecting().output == [])
                }
            }
        }
    }
}

/// A file system of a few mebibytes in memory.
enum SmallDisk {
    static var isPermitted: Bool {
        get async throws {
            do {
                try await during(size: "1m") { _ in }
                return true
            } catch is SubprocessError {
                return false
            }
        }
    }

    static func during(size: String, _ body: (String) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            try await run("/bin/mount", ["-t", "tmpfs", "-o", "size=\(size)", "tmpfs", directory])
            do {
                try await body(directory)
            } catch {
                try await run("/bin/umount", ["-l", directory])
                throw error
            }
            try await run("/bin/umount", [directory])
        }
    }

    private static func run(_ program: String, _ words: [String]) async throws {
        let command = Command(executable: program, arguments: words, environment: ["PATH": "/usr/sbin:/usr/bin:/bin"])
        try await withSubprocess(command, standardInput: .null, standardOutput: .null) { _ in }
    }
}
