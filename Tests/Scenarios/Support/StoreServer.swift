import Glibc
import Subprocesses
import SystemCalls
import TestSupport
import Testing

/// `penstock serve` as a child, on a port of its own.
struct StoreServer: Sendable {
    /// The URL of the account.
    let account: String
    let running: Running

    var port: String { account.split(separator: "/")[1].split(separator: ":").last.map(String.init) ?? "" }

    /// Serves a directory for as long as `body` runs.
    ///
    /// - Parameters:
    ///   - port: 0 picks a free one.
    ///   - words: More words of the command line.
    ///   - watch: Gets a line for each request, before its answer is known to anybody but the server and the client.
    static func during<Output>(
        directory: String, port: String = "0", words more: [String] = [],
        watch: @escaping @Sendable (String) -> Void = { _ in },
        _ body: (StoreServer) async throws -> Output
    ) async throws -> Output {
        let words = ["serve", "--data", directory, "--port", port, "--verbose"] + more
        return try await Penstock().during(words, watch: watch) { running in
            let account = try await running.firstLine()
            try #require(account.contains("://127.0.0.1:"), "\(running.errors)")
            return try await body(StoreServer(account: account, running: running))
        }
    }
}

/// A server with an empty container in a directory of its own, and somewhere for temporary files.
struct Place: Sendable {
    let server: StoreServer
    /// The URL of the container `backups`.
    let container: String
    /// The directory that the server serves.
    let store: String
    /// Where the program under test may put temporary files, which it should not do.
    let temporary: String
    /// A directory for the test's own files.
    let work: String

    /// - Parameters:
    ///   - faults: A plan of faults, which begins when the container is made.
    ///   - watch: Gets a line for each request to the server.
    static func make<Output>(
        faults: String? = nil, watch: @escaping @Sendable (String) -> Void = { _ in },
        _ body: (Place) async throws -> Output
    ) async throws -> Output {
        try await withTemporaryDirectory(inMemory: true) { root in
            for name in ["store", "tmp", "work"] { try Files.makeDirectory("\(root)/\(name)") }
            var words: [String] = []
            if let faults {
                try Files.open(root + "/faults.json", .create).write(Array(faults.utf8).span)
                words = ["--faults", root + "/faults.json"]
            }
            return try await StoreServer.during(directory: root + "/store", words: words, watch: watch) { server in
                let container = server.account + "/backups"
                try await Penstock().run("container", "create", container).expecting()
                return try await body(
                    Place(
                        server: server, container: container, store: root + "/store", temporary: root + "/tmp",
                        work: root + "/work"))
            }
        }
    }

    /// The program, with the way to a cluster, and nothing of this process's environment.
    func penstock(_ cluster: PostgresCluster, database: String = "postgres") -> Penstock {
        Penstock(
            environment: Penstock.environment.merging(cluster.environment(database: database)) { $1 }.merging(
                ["TMPDIR": temporary, "PGAPPNAME": PostgresCluster.applicationName]) { $1 })
    }

    /// The blobs of the container by name, with size and tag: equal if nothing was changed.
    func blobs() async throws -> [String: String] {
        let listed = try await Penstock().run("blob", "list", container, "--json").expecting()
        var found: [String: String] = [:]
        for line in listed.lines {
            let blob = try JSON(line)
            found[try blob.text("name")] = try "\(blob.number("size")) \(blob.text("etag"))"
        }
        return found
    }

    /// Writes a blob of the test's own.
    func upload(_ bytes: [UInt8], to name: String, replacing: Bool = false) async throws {
        let words = ["upload", "\(container)/\(name)"] + (replacing ? ["--overwrite"] : [])
        try await Penstock().run(words, input: bytes).expecting()
    }

    func download(_ name: String) async throws -> [UInt8] {
        try await Penstock().run("download", "\(container)/\(name)").expecting().output
    }
}
