import CommandLineKit
import TestSupport
import Testing

@Suite("Completions")
struct CompletionTests {
    @Test("read as the golden files do", arguments: Shell.allCases)
    func golden(shell: Shell) {
        expectGolden(ExampleTool.tree.text(of: .completions(shell)), "completions-\(shell.rawValue)")
    }

    @Test("name every option and command, and no hidden one", arguments: Shell.allCases)
    func complete(shell: Shell) {
        let script = ExampleTool.tree.text(of: .completions(shell))
        for option in ExampleOptions.visible {
            #expect(script.contains(shell == .fish ? "-l \(option) " : "--\(option)"), "\(option)")
        }
        for command in ["dump", "container", "create", "remove", "account", "add", "help", "completions"] {
            #expect(script.contains(command))
        }
        #expect(script.contains("no-progress"))
        #expect(script.contains("auto always never"))
        #expect(!script.contains("trace"))
    }

    @Test("are a script that bash can read", .enabled(if: SystemShell.has("bash"), "bash is not installed"))
    func bashSyntax() throws { try check(.bash) }

    @Test("are a script that zsh can read", .enabled(if: SystemShell.has("zsh"), "zsh is not installed"))
    func zshSyntax() throws { try check(.zsh) }

    @Test("are a script that fish can read", .enabled(if: SystemShell.has("fish"), "fish is not installed"))
    func fishSyntax() throws { try check(.fish) }

    private func check(_ shell: Shell) throws {
        let script = ExampleTool.tree.text(of: .completions(shell))
        let result = try SystemShell.run("\(shell.rawValue) -n script", files: ["script": script])
        #expect(result == SystemShell.Result(status: 0, output: "", errors: ""))
    }

    struct Question: Sendable, CustomTestStringConvertible {
        /// The words as bash breaks them, the last one being completed.
        let words: [String]
        /// The line up to the cursor.
        let line: String
        let offers: Set<String>

        init(_ line: String, _ words: [String], _ offers: Set<String>) {
            self.line = line
            self.words = words
            self.offers = offers
        }

        init(_ line: String, _ offers: Set<String>) {
            let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            self.init(line, words, offers)
        }

        /// Whether no word of the line is broken by bash's own rules, so that other shells can be asked the same.
        var isPlain: Bool { line.split(separator: " ", omittingEmptySubsequences: false).count == words.count }

        /// Fish offers short options only to a single dash, and long ones then only where there is no short one.
        func fishOffers(_ word: String) -> Bool { word != "-" && !(line.hasSuffix(" -") && word.hasPrefix("--")) }

        var testDescription: String { line }
    }

    static let globals: Set<String> = [
        "--json", "-q", "--quiet", "-v", "--verbose", "--color", "--memory", "--progress", "--no-progress", "--help",
    ]
    static let commands: Set<String> = ["dump", "container", "serve", "help", "manual", "completions", "version"]

    static let questions = [
        Question("penstock ", commands),
        Question("penstock d", ["dump"]),
        Question("penstock -", globals),
        Question("penstock --json --memory 1G ", commands),
        Question("penstock container ", ["create", "list", "remove"]),
        Question("penstock containers --json c", ["create"]),
        Question("penstock container list -", globals),
        Question("penstock dump --a", ["--all-databases"]),
        Question("penstock dump -d x --j", ["--json", "--jobs"]),
        Question("penstock dump -d container --al", ["--all-databases"]),
        Question("penstock dump --jobs ", []),
        Question("penstock --color ", ["auto", "always", "never"]),
        Question("penstock dump --color a", ["auto", "always"]),
        Question("penstock --color=a", ["penstock", "--color", "=", "a"], ["auto", "always"]),
        Question("penstock --color=", ["penstock", "--color", "="], ["auto", "always", "never"]),
        Question("penstock --color=n", ["--color=never"]),
        Question("penstock --json=", ["penstock", "--json", "="], []),
        Question(
            "penstock dump --to az://c --al", ["penstock", "dump", "--to", "az", ":", "//c", "--al"],
            ["--all-databases"]),
        Question("penstock dump --from s", ["sub"]),
        Question("penstock dump --from=s", ["penstock", "dump", "--from", "=", "s"], ["sub"]),
        Question("penstock serve --data s", ["sub"]),
        Question("penstock serve --data sub a", ["account"]),
        Question("penstock serve account add --d", ["--data"]),
        Question("penstock help ", commands),
        Question("penstock help container r", ["remove"]),
        Question("penstock completions ", ["bash", "zsh", "fish"]),
        Question("penstock completions bash ", []),
        Question("penstock container remove -- -", []),
    ]

    @Test(
        "offer in bash what fits", .enabled(if: SystemShell.has("bash"), "bash is not installed"), arguments: questions)
    func bash(question: Question) throws {
        let words = question.words.map { "'\($0)'" }.joined(separator: " ")
        let ask = """
            mkdir sub && touch file || exit
            source ./script
            [[ $(complete -p penstock) == 'complete -F _penstock penstock' ]] || exit 9
            COMP_WORDS=(\(words)) COMP_CWORD=\(question.words.count - 1) COMP_LINE='\(question.line)'
            COMP_POINT=${#COMP_LINE}
            _penstock
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        let script = ExampleTool.tree.text(of: .completions(.bash))
        let result = try SystemShell.run("bash --norc -u ask", files: ["script": script, "ask": ask])
        #expect(result.status == 0)
        #expect(result.errors == "")
        #expect(Set(result.output.split(separator: "\n").map(String.init)) == question.offers)
    }

    @Test(
        "offer in fish what fits", .enabled(if: SystemShell.has("fish"), "fish is not installed"),
        arguments: questions.filter(\.isPlain))
    func fish(question: Question) throws {
        let ask = "mkdir sub; touch file; source ./script; complete -C '\(question.line)'"
        let script = ExampleTool.tree.text(of: .completions(.fish))
        let result = try SystemShell.run("HOME=$PWD fish --no-config ask", files: ["script": script, "ask": ask])
        #expect(result.status == 0)
        #expect(result.errors == "")
        let offers = result.output.split(separator: "\n").map { String($0.prefix { $0 != "\t" && $0 != "/" }) }
        for offer in question.offers where question.fishOffers(offer) {
            #expect(offers.contains { $0 == offer || $0.hasSuffix("=" + offer) }, "\(offers)")
        }
        #expect(question.offers.isEmpty == offers.isEmpty || question.line.hasSuffix("-"))
    }
}
