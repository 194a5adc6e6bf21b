import Testing

/// A command line that is refused before anything is reached.
struct Mistake: Sendable, CustomTestStringConvertible {
    let words: [String]
    let code: Int32
    let says: String
    let hint: String

    init(_ words: String, _ code: Int32 = 2, says: String, hint: String = "") {
        self.words = words.split(separator: " ").map(String.init)
        self.code = code
        self.says = says
        self.hint = hint
    }

    var testDescription: String { words.joined(separator: " ") }
}

@Suite("Wrong usage")
struct UsageTests {
    static let mistakes = [
        Mistake("dmp", says: "did you mean dump", hint: "penstock help"),
        Mistake("dump --too az://backups", says: "did you mean --to", hint: "penstock help dump"),
        Mistake("restore az://backups/x --creat", says: "did you mean --create"),
        Mistake("list az://backups --jsn", says: "did you mean --json"),
        Mistake("dump", says: "--to", hint: "penstock help dump"),
        Mistake("upload", says: "LOCATION"),
        Mistake("upload one two", says: "two"),
        Mistake("list backups/nightly", says: "az://", hint: "file:///DIRECTORY"),
        Mistake("list ftp://host/backups", says: "ftp://host/backups", hint: "https://ACCOUNT"),
        Mistake("list file://relative/path", says: "absolute"),
        Mistake("list az://backups?sig=c2VjcmV0", says: "signature"),
        Mistake("list http://127.0.0.1:1", says: "account"),
        Mistake("list http://127.0.0.1:1/devstoreaccount1", says: "container"),
        Mistake("list http://127.0.0.1:1/devstoreaccount1/No_Container", says: "No_Container", hint: "pg-backups"),
        Mistake("list http://127.0.0.1:1/devstoreaccount1/backups/%zz", says: "percent"),
        Mistake("upload http://127.0.0.1:1/devstoreaccount1/backups", says: "blob"),
        Mistake("upload http://127.0.0.1:1/devstoreaccount1/backups/folder/", says: "folder", hint: "slash"),
        Mistake("show http://127.0.0.1:1/devstoreaccount1/backups/", says: "recovery point", hint: "penstock list"),
        Mistake("restore http://127.0.0.1:1/devstoreaccount1/backups/", says: "recovery point", hint: "--latest"),
        Mistake("list az://backups", says: "account", hint: "AZURE_STORAGE_ACCOUNT"),
        Mistake(
            "list https://someaccount.blob.core.windows.net/backups", 12, says: "credential", hint: "AZURE_STORAGE_KEY"),
        Mistake("list az://backups --memory 1", says: "16.0 MiB", hint: "penstock help list"),
        Mistake("upload az://backups/x --memory 16MiB --concurrency 64", 16, says: "memory", hint: "--concurrency"),
        Mistake("serve --data x --azure --account a", says: "--azure"),
        Mistake("serve --data x --azure --host 0.0.0.0", says: "loopback"),
        Mistake("serve --data x --azure-file stage.json", says: "--azure"),
        Mistake("list az://backups --concurrency 0", says: "--concurrency"),
        Mistake("dump --to az://backups --name a/b", says: "--name", hint: "penstock help dump"),
        Mistake("dump --to az://backups --compress rar", says: "zstd"),
        Mistake("dump --to az://backups --all-databases -d one -d two", says: "--all-databases"),
        Mistake("restore az://backups/x --latest --before 2026-01-01T00:00:00Z", says: "--before"),
        Mistake("restore az://backups/x --rename nonsense", says: "--rename"),
        Mistake("restore az://backups/x --rename a=b --rename a=c", says: "two new names"),
        Mistake("restore az://backups/x --clean", says: "--yes"),
        Mistake("restore az://backups/x --data-only --schema-only", says: "exclude each other"),
        Mistake("restore az://backups/x --data-only --clean --yes", says: "exclude each other"),
        Mistake("restore az://backups/x --continue --table t", says: "--continue"),
        Mistake("restore az://backups/x --data-only --create", says: "exclude each other"),
        Mistake("restore az://backups/x --section data --data-only", says: "--section"),
        Mistake("restore az://backups/x --section all", says: "pre-data"),
        Mistake("restore az://backups/x --if-exists", says: "--clean"),
        Mistake("restore az://backups/x --disable-triggers", says: "--data-only"),
        Mistake("restore az://backups/x --use-list /nowhere/list", says: "/nowhere/list"),
        Mistake("restore az://backups/x --use-list /dev/null", says: "no entry", hint: "--list"),
        Mistake("serve", says: "--data"),
        Mistake("serve --data /tmp --port 65536", says: "65535"),
        Mistake("serve --data /tmp --host 0.0.0.0", says: "loopback"),
        Mistake("serve --data /tmp --account-key-file /nowhere", says: "--account"),
    ]

    @Test("is said with what would be right, and touches nothing", arguments: UsageTests.mistakes)
    func refused(mistake: Mistake) async throws {
        let finished = try await Penstock().run(mistake.words, input: [])
        finished.expectingRefusal(mistake.code, saying: mistake.says, hint: mistake.hint)
        #expect(finished.output == [])
    }

    @Test("is an object on standard error with --json")
    func json() async throws {
        let finished = try await Penstock().run("list", "az://backups", "--json").expecting(2)
        let report = try JSON(finished.errors)
        #expect(try report.text("type") == "error")
        #expect(try report.number("exit") == 2)
        #expect(try !report.texts("hints").isEmpty)
    }

    @Test("is nothing that help needs", arguments: ["", "dump", "restore", "list", "upload", "serve", "blob list"])
    func help(command: String) async throws {
        let words = ["help"] + command.split(separator: " ").map(String.init)
        let finished = try await Penstock().run(words).expecting()
        #expect(finished.text.contains("Usage:\n  penstock"))
        #expect(finished.errors == "")
        #expect(finished.lines.allSatisfy { $0.count <= 110 })
    }
}
