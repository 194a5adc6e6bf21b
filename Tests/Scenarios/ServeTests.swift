import SystemCalls
import TestSupport
import Testing

@Suite("Serving several accounts, and looking after a directory", .timeLimit(.minutes(3)))
struct ServeTests {
    private func add(_ name: String, to file: String) async throws -> String {
        try await Penstock().run("serve", "account", "add", name, "--accounts", file).expecting().lines.first ?? ""
    }

    private func client(_ account: String, _ key: String) -> Penstock {
        var penstock = Penstock()
        penstock.environment["AZURE_STORAGE_ACCOUNT"] = account
        penstock.environment["AZURE_STORAGE_KEY"] = key
        return penstock
    }

    /// Runs a command until it ends with that code: a server takes up a changed file within seconds.
    private func eventually(_ code: Int32, _ penstock: Penstock, _ words: [String]) async throws {
        var finished = try await penstock.run(words)
        for _ in 0..<100 where finished.code != code {
            try await Task.sleep(for: .milliseconds(100))
            finished = try await penstock.run(words)
        }
        finished.expecting(code)
    }

    @Test("each account has its own blobs and keys, which come and go while it serves over TLS")
    func accounts() async throws {
        try await withTemporaryDirectory(inMemory: true) { root in
            let (file, data) = (root + "/accounts.json", root + "/data")
            let authority = ["--ca-file", data + "/tls-certificate.pem", "--retry-for", "0"]
            let key = try await add("first", to: file)
            let words = ["serve", "--data", data, "--port", "0", "--accounts", file, "--tls-self-signed"]
            for round in 1...2 {
                try await Penstock().during(words) { running in
                    let first = try await running.firstLine()
                    try #require(
                        first.hasPrefix("https://127.0.0.1:") && first.hasSuffix("/first"), "\(running.errors)")
                    #expect(running.errors.contains(round == 1 ? "made a self-signed" : "using a self-signed"))
                    let list = ["container", "list", first] + authority
                    let one = client("first", key)
                    try await eventually(round == 1 ? 0 : 12, one, list)
                    guard round == 1 else { return }
                    try await one.run(["container", "create", first + "/box"] + authority).expecting()
                    let second = first.replacing("/first", with: "/second")
                    let other = client("second", try await add("second", to: file))
                    try await eventually(0, other, ["container", "list", second] + authority)
                    try await one.run(["container", "list", second] + authority).expecting(12)
                    let shown = try await other.run(["container", "list", second] + authority).expecting()
                    #expect(!shown.text.contains("box"))
                    let rotated = try await Penstock().run(
                        "serve", "account", "rotate", "first", "--key", "1", "--accounts", file
                    ).expecting()
                    try await eventually(12, one, list)
                    #expect(try await client("first", rotated.lines[0]).run(list).expecting().text.contains("box"))
                    try await Penstock().run(
                        "serve", "account", "remove", "second", "--accounts", file, "--yes"
                    ).expecting()
                    try await eventually(12, other, ["container", "list", second] + authority)
                    try await Penstock().run("serve", "--data", data, "--check").expecting(11)
                    #expect(!running.errors.contains(key) && !running.errors.contains(rotated.lines[0]))
                }
            }
            let names = try await Penstock().run("serve", "account", "list", "--accounts", file).expecting()
            #expect(names.lines == ["first"])
            #expect(try Files.permissions(of: file) == 0o600)
            #expect(try Files.permissions(of: data + "/tls-key.pem") == 0o600)
            #expect(try Set(Files.names(in: data)) == ["first", "second", "tls-certificate.pem", "tls-key.pem"])
            let checked = try await Penstock().run("serve", "--data", data, "--check", "--json").expecting()
            #expect(checked.lines.count == 2 && checked.lines.allSatisfy { $0.contains("\"damage\":0") })
            try Files.removeTree(data + "/second/data/7f")
            let damaged = try await Penstock().run("serve", "--data", data, "--check").expecting(17)
            #expect(damaged.lines.count == 1 && damaged.text.hasPrefix("damage folder-missing: data/7f: "))
        }
    }

    @Test("what does not fit together is refused before anything is done")
    func refusals() async throws {
        try await withTemporaryDirectory(inMemory: true) { root in
            let file = root + "/accounts.json"
            try await Penstock().run("serve", "--data", root + "/d", "--accounts", file).expecting(10)
            try await Penstock().run("serve", "account", "add", "Bad_Name", "--accounts", file).expecting(2)
            _ = try await add("first", to: file)
            try await Penstock().run("serve", "account", "add", "first", "--accounts", file).expecting(11)
            try await Penstock().run("serve", "account", "rotate", "other", "--key", "1", "--accounts", file).expecting(
                10)
            try await Penstock().run("serve", "account", "rotate", "first", "--key", "3", "--accounts", file).expecting(
                2)
            try await Penstock().run("serve", "account", "remove", "first", "--accounts", file).expecting(2)
            try await Penstock().run("serve", "account", "remove", "first", "--accounts", file, "--yes").expecting()
            try await Penstock().run("serve", "--data", root + "/d", "--accounts", file).expecting(2)
            try await Penstock().run("serve", "--data", root + "/d", "--check").expecting(10)
            try await Penstock().run("serve", "--discard", "--check").expecting(2)
            try await Penstock().run("serve", "--discard", "--tls-self-signed").expecting(2)
            try await StoreServer.during(directory: root + "/single") { _ in }
            _ = try await add("again", to: file)
            try await Penstock().run("serve", "--data", root + "/single", "--accounts", file).expecting(2)
            try await Penstock().run("serve", "--data", root + "/single", "--check").expecting()
        }
    }
}
