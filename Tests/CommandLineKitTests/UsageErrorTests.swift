import CommandLineKit
import Diagnostics
import Testing

@Suite("A wrong command line")
struct UsageErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let line: [String]
        let kind: UsageError.Kind
        let summary: String
        init(_ line: String, _ kind: UsageError.Kind, _ summary: String) {
            self.line = line.split(separator: " ").map(String.init)
            self.kind = kind
            self.summary = summary
        }
        var testDescription: String { line.joined(separator: " ") }
    }

    static let cases = [
        Case("dump --form x", .unknownOption, "unknown option --form; did you mean --from?"),
        Case("dump --form=x", .unknownOption, "unknown option --form; did you mean --from?"),
        Case("dump --all-data", .unknownOption, "unknown option --all-data; did you mean --all-databases?"),
        Case("dump --no-progres", .unknownOption, "unknown option --no-progres; did you mean --no-progress?"),
        Case("dump --tracee x", .unknownOption, "unknown option --tracee"),
        Case("dump -x", .unknownOption, "unknown option -x"),
        Case("dump -vx", .unknownOption, "unknown option -x"),
        Case("--jobs 4 dump", .unknownOption, "unknown option --jobs before the command"),
        Case("--jsn dump", .unknownOption, "unknown option --jsn; did you mean --json?"),
        Case("dupm", .unknownCommand, "unknown command dupm; did you mean dump?"),
        Case("frobnicate", .unknownCommand, "unknown command frobnicate"),
        Case("create", .unknownCommand, "unknown command create; did you mean container create?"),
        Case(
            "container creat az://c", .unknownCommand, "penstock container has no command creat; did you mean create?"),
        Case("help dupm", .unknownCommand, "unknown command dupm; did you mean dump?"),
        Case("serve acount", .unknownCommand, "penstock serve has no command acount; did you mean account?"),
        Case("container", .missingCommand, "penstock container needs a command: create, list or remove"),
        Case("--json", .missingCommand, "penstock needs a command"),
        Case("dump -d a", .missingOption, "penstock dump needs --to LOCATION"),
        Case("dump --to az://c", .missingOption, "penstock dump needs --dbname or --all-databases"),
        Case("dump -d a --to az://c --if-exists", .missingOption, "--if-exists may be given only with --clean"),
        Case(
            "dump -d a --all-databases --to az://c", .conflictingOptions,
            "--dbname and --all-databases exclude each other"),
        Case("dump -d a -j 1 --clean --to az://c", .conflictingOptions, "--jobs and --clean exclude each other"),
        Case(
            "version --progress --no-progress", .conflictingOptions, "--progress and --no-progress exclude each other"),
        Case("dump -d a --to az://c --to az://d", .repeatedOption, "--to may be given only once"),
        Case("dump -d a --to az://c -j1 --jobs=1", .repeatedOption, "--jobs may be given only once"),
        Case("--json=x version", .unexpectedValue, "--json takes no value"),
        Case("--no-progress= version", .unexpectedValue, "--no-progress takes no value"),
        Case("version -v=x", .unexpectedValue, "-v takes no value"),
        Case("dump -d a --to az://c --jobs", .missingValue, "--jobs needs a value, N"),
        Case("dump -d a --to az://c -j", .missingValue, "-j needs a value, N"),
        Case(
            "dump -d a --to --jobs", .missingValue,
            "--to needs a value, LOCATION; write --to=LOCATION if it begins with a dash"),
        Case("dump -d a --to az://c --jobs x", .badValue, "--jobs wants a whole number of at least 1, not \"x\""),
        Case("dump -d a --to az://c -j 0", .badValue, "-j wants a whole number of at least 1, not \"0\""),
        Case(
            "dump -d a --to az://c -p 99999999999999999999", .badValue,
            "-p wants a whole number from 1 to 65535, not \"99999999999999999999\""),
        Case("version --color=maybe", .badValue, "--color wants auto, always or never, not \"maybe\""),
        Case(
            "version --memory 1K", .badValue,
            "--memory wants a size of at least 16.0 MiB, such as 64MiB or 1.5G, not \"1K\""),
        Case("completions csh", .badValue, "SHELL wants bash, zsh or fish, not \"csh\""),
        Case("container create", .missingArgument, "penstock container create needs LOCATION"),
        Case("container remove", .missingArgument, "penstock container remove needs NAME"),
        Case(
            "container create az://c x", .unexpectedArgument,
            "penstock container create takes one argument; found \"x\""),
        Case("version now", .unexpectedArgument, "penstock version takes no arguments; found \"now\""),
        Case(
            "container list az://c x y", .unexpectedArgument,
            "penstock container list takes only 2 arguments; found \"y\""),
        Case("serve --port 1 account add a", .misplacedOption, "--port is no option of penstock serve account add"),
    ]

    @Test("is explained in one clause", arguments: cases)
    func explained(wrong: Case) throws {
        let error = try #require(ExampleTool.error(wrong.line))
        #expect(error.kind == wrong.kind)
        #expect(error.summary == wrong.summary)
        #expect(error.exitCode == .wrongUsage)
        #expect(error.code == wrong.kind.rawValue)
    }

    @Test("has every kind among its examples, but for what commands find themselves")
    func everyKind() {
        #expect(Set(Self.cases.map(\.kind)) == Set(UsageError.Kind.allCases).subtracting([.refused]))
    }

    @Test("points to the help of its command")
    func remedy() throws {
        #expect(ExampleTool.error(["container", "create"])?.remedy == "See `penstock help container create`.")
        #expect(ExampleTool.error(["frobnicate"])?.remedy == "See `penstock help`.")
    }

    @Test("can be found by the command itself")
    func refusal() throws {
        let parsed = try #require(try ExampleTool.parse("version"))
        let error = parsed.refusal("standard input is a terminal")
        #expect(error.kind == .refused)
        #expect(error.summary == "standard input is a terminal")
        #expect(error.remedy == "See `penstock help version`.")
    }

    @Test(
        "never quotes what may be a secret",
        arguments: [
            ["dump", "-d", "a", "--to", "hunter2"], ["dump", "-d", "a", "--to=hunter2"],
            ["dump", "--too=hunter2"], ["dump", "--https://a/?sig=hunter2"], ["container", "create", "hunter2"],
            ["container", "create", "az://c", "https://a/c?sig=hunter2"], ["--sas=hunter2", "dump"],
            ["https://a/?sig=hunter2"], ["dump", "-dpostgres://u:hunter2@h", "-x"], ["--json=hunter2"],
            ["dump", "-d", "hunter2"], ["dump", "-xhunter2"], ["help", "password=hunter2"], ["version", "-v=hunter2"],
        ])
    func secrets(line: [String]) throws {
        let error = try #require(ExampleTool.error(line))
        #expect(!Explanation(error).text.contains("hunter2"))
        #expect(!String(reflecting: error).contains("hunter2"))
    }

    @Test("keeps the cause that a format gives, unless it might quote a secret")
    func causes() throws {
        let kept = try #require(ExampleTool.error(["dump", "-d", "a", "--to", "az://"]))
        #expect(kept.summary == "--to wants a location such as az://CONTAINER/PATH")
        #expect((kept.cause as? ExampleTool.LocationError)?.summary == "the location names no container")
        let dropped = try #require(ExampleTool.error(["container", "create", "az://"]))
        #expect(dropped.cause == nil)
    }

    @Test("shows control characters by their number, and cuts long values")
    func unprintable() throws {
        let error = try #require(ExampleTool.error(["version", "--color", "\u{1B}[31m\n"]))
        #expect(error.summary.hasSuffix(#"not "\u{1b}[31m\u{a}""#))
        let long = try #require(ExampleTool.error(["version", "--color", String(repeating: "x", count: 100_000)]))
        #expect(long.summary.count < 200)
    }

    @Test(
        "suggests nothing far-fetched",
        arguments: ["x", "zz", "restore", "-", String(repeating: "dump", count: 50_000)])
    func noSuggestion(word: String) throws {
        #expect(ExampleTool.error(["--" + word])?.suggestion == nil)
    }
}
