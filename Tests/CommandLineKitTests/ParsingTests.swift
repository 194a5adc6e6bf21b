import CommandLineKit
import Diagnostics
import Testing

@Suite("Reading a command line")
struct ParsingTests {
    typealias Tool = ExampleTool

    @Test(
        "takes a value after the name, after an equals sign, or attached to the letter",
        arguments: [
            ["--jobs", "4"], ["--jobs=4"], ["-j", "4"], ["-j4"], ["-vj4"], ["-qvj", "4"],
        ])
    func values(option: [String]) throws {
        let parsed = try #require(try Tool.arguments(of: ["dump", "-d", "a", "--to", "az://c"] + option))
        #expect(parsed[Tool.Dump.jobs] == 4)
        #expect(parsed.isGiven(Tool.Dump.jobs))
    }

    @Test("gives the default where an option is missing, and says that it was not given")
    func defaults() throws {
        let parsed = try #require(try Tool.parse("dump", "-d", "a", "--to", "az://c"))
        #expect(parsed[Tool.Dump.jobs] == 1)
        #expect(!parsed.isGiven(Tool.Dump.jobs))
        #expect(parsed[Tool.Connection.host] == nil)
        #expect(parsed[Tool.Global.memory] == nil)
        #expect(parsed[Tool.Global.color] == .auto)
        #expect(parsed[Tool.Global.progress] == nil)
        #expect(!parsed[Tool.Global.json])
    }

    @Test("keeps repeated values in order")
    func repeated() throws {
        let parsed = try #require(try Tool.parse("dump", "-d", "b", "--to=az://c", "--dbname=a", "-db"))
        #expect(parsed[Tool.Dump.databases] == ["b", "a", "b"])
    }

    @Test(
        "understands global options before, inside and after the command",
        arguments: [
            ["--json", "-v", "--memory", "64M", "container", "create", "az://c"],
            ["container", "--json", "-v", "--memory", "64M", "create", "az://c"],
            ["container", "create", "az://c", "--json", "-v", "--memory", "64M"],
            ["container", "-v", "create", "--memory=64MiB", "az://c", "--json"],
        ])
    func globals(line: [String]) throws {
        let parsed = try #require(try Tool.arguments(of: line))
        #expect(parsed.path == ["container", "create"])
        #expect(parsed.command == "penstock container create")
        #expect(parsed[Tool.Global.json])
        #expect(parsed[Tool.Global.verbose])
        #expect(!parsed[Tool.Global.quiet])
        #expect(parsed[Tool.Global.memory] == .mebibytes(64))
        #expect(parsed[Tool.Container.location] == "az://c")
    }

    @Test("reads bundled flags, and a flag given twice says no more than once")
    func bundles() throws {
        let parsed = try #require(try Tool.parse("-vq", "version", "-v"))
        #expect(parsed[Tool.Global.verbose] && parsed[Tool.Global.quiet])
    }

    @Test(
        "reads both sides of a flag that has an opposite", arguments: [("--progress", true), ("--no-progress", false)])
    func opposites(word: String, value: Bool) throws {
        let parsed = try #require(try Tool.parse("version", word))
        #expect(parsed[Tool.Global.progress] == value)
    }

    @Test("lets -h be the host")
    func host() throws {
        let parsed = try #require(
            try Tool.parse("dump", "-d", "a", "--to", "az://c", "-h", "db.example", "-p5433", "-w"))
        #expect(parsed[Tool.Connection.host] == "db.example")
        #expect(parsed[Tool.Connection.port] == 5433)
        #expect(parsed[Tool.Connection.noPassword])
    }

    @Test("ends options at --, and takes - and what follows -- as arguments")
    func dashes() throws {
        let parsed = try #require(try Tool.parse("container", "remove", "-", "--json", "--", "--json", "-x", "--"))
        #expect(parsed[Tool.Container.names] == ["-", "--json", "-x", "--"])
        #expect(parsed[Tool.Global.json])
    }

    @Test("takes an empty value, and attached values that begin with a dash or hold an equals sign")
    func oddValues() throws {
        let parsed = try #require(
            try Tool.parse(
                "dump", "-d", "", "--dbname=", "--dbname=-x", "-d-y", "--dbname=a=b", "-d=", "-d", "-", "--to=az://c"))
        #expect(parsed[Tool.Dump.databases] == ["", "", "-x", "-y", "a=b", "=", "-"])
    }

    @Test("lets an option of a noun stand before the verb that has it too")
    func nounOptions() throws {
        let parsed = try #require(try Tool.parse("serve", "--data", "d", "account", "add", "me"))
        #expect(parsed.path == ["serve", "account", "add"])
        #expect(parsed[Tool.Serve.data] == "d")
        #expect(parsed[Tool.Serve.account] == "me")
        #expect(try Tool.parse("serve", "--data=d")?.path == ["serve"])
    }

    @Test("knows aliases by the true name")
    func aliases() throws {
        let parsed = try #require(try Tool.parse("containers", "ls", "az://c", "logs*"))
        #expect(parsed.path == ["container", "list"])
        #expect(parsed[Tool.Container.pattern] == "logs*")
    }

    @Test("runs the command it read, in the context it is given")
    func run() async throws {
        guard case .run(let run) = try Tool.tree.parse(["dump", "-d", "a", "-j2", "--to", "az://c"]) else {
            Issue.record("no command was read")
            return
        }
        let diary = Tool.Diary()
        #expect(try await run(in: diary) == .done)
        #expect(diary.entries == [#"dump ["a"] to az://c by 2"#])
    }

    @Test(
        "answers with a page where one is asked for",
        arguments: [
            ([], Page.help([])), (["help"], .help([])), (["--help"], .help([])), (["help", "dump"], .help(["dump"])),
            (["dump", "--help"], .help(["dump"])), (["--help", "dump"], .help(["dump"])),
            (["dump", "--jobs", "x", "--help"], .help(["dump"])), (["container", "--help"], .help(["container"])),
            (["help", "containers", "ls"], .help(["container", "list"])),
            (["--json", "help", "help"], .help(["help"])),
            (["completions", "fish"], .completions(.fish)), (["manual"], .manual),
        ] as [([String], Page)])
    func pages(line: [String], page: Page) throws {
        guard case .page(let found, let arguments) = try Tool.tree.parse(line) else {
            Issue.record("no page was read")
            return
        }
        #expect(found == page)
        #expect(arguments[Tool.Global.json] == line.contains("--json"))
    }

    @Test("reads --version as the command version")
    func version() throws {
        #expect(try Tool.parse("--version")?.path == ["version"])
        #expect(try Tool.parse("--json", "--version")?[Tool.Global.json] == true)
    }
}
