import Glibc
import Synchronization
import SystemCalls
import TestSupport
import Testing

@Suite("Storms", .tags(.faults), .serialized)
struct StormSoakTests {
    @Test("a stream goes up and comes down while the server is killed and restarted")
    func small() async throws {
        try await storm(mebibytes: 64, bandwidth: "12MiB", lives: [.milliseconds(1200), .milliseconds(1500)])
    }

    @Test(
        "two gibibytes go up and come down while the server is killed every few seconds",
        .enabled(if: Soak.rounds != nil, "PENSTOCK_SOAK is not set"))
    func big() async throws {
        var numbers = SeededGenerator(seed: Soak.seed)
        print("seed \(Soak.seed): PENSTOCK_SEED repeats the moments")
        for _ in 0..<max(1, (Soak.rounds ?? 1) / 10) {
            let lives = (0..<60).map { _ in Duration.milliseconds(Int.random(in: 1000...3000, using: &numbers)) }
            try await storm(mebibytes: 2048, bandwidth: "80MiB", lives: lives)
        }
    }

    /// Uploads and downloads through a storm of its own each; the source is a pipe, so nothing can be read twice.
    private func storm(mebibytes: Int, bandwidth: String, lives: [Duration]) async throws {
        try await withTemporaryDirectory(inMemory: true) { root in
            // A port that was free a moment ago.
            let account = try await StoreServer.during(directory: root + "/store") { server in
                try await Penstock().run("container", "create", server.account + "/backups").expecting()
                return server.account
            }
            let port = account.split(separator: "/")[1].split(separator: ":").last.map(String.init) ?? ""
            let location = account + "/backups/stream"
            let (sent, received) = (root + "/sent", root + "/received")
            let generator = Self.generator(mebibytes << 20, seed: mebibytes)
            let up = Storm(directory: root + "/store", port: port, lives: lives)
            let upload = try await up.during {
                try await BigStream.measured(
                    "\(generator) | tee >(sha256sum >\(sent)) | \(Penstock.path) upload \(location) --bandwidth \(bandwidth)"
                )
            }
            let down = Storm(directory: root + "/store", port: port, lives: lives)
            let download = try await down.during {
                try await BigStream.measured(
                    "\(Penstock.path) download \(location) --bandwidth \(bandwidth) | sha256sum >\(received)")
            }
            print(
                "\(mebibytes) MiB: \(up.count) restarts while uploading in \(upload >> 20) MiB of memory, "
                    + "\(down.count) while downloading in \(download >> 20) MiB")
            #expect(up.count > 1 && down.count > 1)
            #expect(upload < BigStream.memoryLimit && download < BigStream.memoryLimit)
            try await eventually("the digest") { try Files.contents(of: sent).count > 64 }
            #expect(try Files.contents(of: sent) == Files.contents(of: received))
        }
    }

    @Test("streams survive every kind of fault, and the server is then as it was before", arguments: 1...3)
    func faults(seed: Int) async throws {
        let bytes = Soak.rounds == nil ? 48 << 20 : 1 << 30
        let faults = Faults(seed: seed, rate: Soak.rounds == nil ? 0.04 : 0.01)
        try await Place.make(faults: faults.plan, watch: { faults.look(at: $0) }) { place in
            let server = place.server.running.id
            let calm = try Footprint(server)
            for round in 0..<2 {
                let location = "\(place.container)/stream\(round)"
                let (sent, received) = ("\(place.work)/sent\(round)", "\(place.work)/received\(round)")
                let options = "--memory 24MiB --concurrency 4"
                let upload = try await BigStream.measured(
                    "\(Self.generator(bytes, seed: seed)) | tee >(sha256sum >\(sent)) "
                        + "| \(Penstock.path) upload \(location) \(options)")
                let download = try await BigStream.measured(
                    "\(Penstock.path) download \(location) \(options) | sha256sum >\(received)")
                #expect(max(upload, download) < (24 + 40) << 20, "\(upload >> 20) and \(download >> 20) MiB")
                try await eventually("the digest") { try Files.contents(of: sent).count > 64 }
                #expect(try Files.contents(of: sent) == Files.contents(of: received))
            }
            print("streams, seed \(seed): \(faults.counts)")
            #expect(faults.total > 0)
            try await eventually("the end of what the transfers opened") {
                let now = try Footprint(server)
                return now.descriptors <= calm.descriptors && now.threads <= calm.threads + 16
            }
        }
    }

    /// What a server holds on to.
    private struct Footprint {
        /// Without the index, of which it keeps connections for later readers.
        let descriptors: Int
        /// Its pools keep theirs for later.
        let threads: Int

        init(_ server: Int32) throws {
            descriptors = try ProcessTable.descriptors(of: server).count { !$0.contains("index.sqlite") }
            threads = try ProcessTable.threads(of: server)
        }
    }

    /// A command that writes chance that follows from a seed, faster than anything reads it.
    private static func generator(_ bytes: Int, seed: Int) -> String {
        let hex = String(seed, radix: 16)
        let key = String(repeating: "0", count: 32 - hex.count) + hex
        return "head -c \(bytes) /dev/zero | openssl enc -aes-128-ctr -K \(key) -iv \(key)"
    }

    @Test(
        "dumps and restores survive every kind of fault", .tags(.postgres),
        .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"),
        arguments: 1...3)
    func dumpFaults(seed: Int) async throws {
        let cluster = try await PostgresCluster.shared()
        let names = [PostgresCluster.uniqueName("storm"), PostgresCluster.uniqueName("storm")]
        let faults = Faults(seed: seed, rate: Soak.rounds == nil ? 0.04 : 0.01)
        try await withDatabases([names[0]], in: cluster, rows: Soak.rounds == nil ? 30_000 : 300_000) {
            try await withDatabases([names[1]], in: cluster) {
                try await Place.make(faults: faults.plan, watch: { faults.look(at: $0) }) { place in
                    let penstock = place.penstock(cluster)
                    let options = ["--memory", "24MiB", "--concurrency", "4"]
                    let dump = ["dump", "-d", names[0], "--to", place.container, "--name", "set", "--compress", "none"]
                    try await penstock.run(dump + options).expecting()
                    #expect(try await place.expectNothingHalfDone(cluster) == ["set"])
                    let restore = ["restore", place.container + "/set", "-d", names[1], "--clean", "--yes"]
                    try await penstock.run(restore + options).expecting()
                    try await cluster.expectSame(names[0], names[1])
                    try await place.expectNothingLeft(in: [], on: cluster)
                    print("dump and restore, seed \(seed): \(faults.counts)")
                    #expect(faults.total > 0)
                }
            }
        }
    }
}
