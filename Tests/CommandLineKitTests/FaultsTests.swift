import CommandLineKit
import Diagnostics
import Testing

@Suite("A description")
struct FaultsTests {
    @Test("without faults has none")
    func none() { #expect(ExampleTool.tree.faults == []) }

    private func tree(
        globals: [any OptionDeclaration] = [], _ commands: Command<Void>...
    ) -> CommandTree<Void> {
        CommandTree(
            "tool", version: "1", summary: "Do things", globalOptions: globals,
            groups: [CommandGroup("All", commands)])
    }

    @Test("that contradicts itself says where")
    func faults() {
        let verbose = Option(flag: "verbose", short: "v", help: "say more")
        let version = Option("version", short: "v", .text("V"), help: "the version")
        let level = Option("level", .word("L", among: ["a b", "c"]), help: "Ends here.")
        let stranger = Option(flag: "stranger", help: "not declared")
        let many = Argument(many: "NAME", .text("N"), help: "names")
        let one = Argument("LAST", .text("L"), help: "the last")
        let optional = Argument(optional: "MAYBE", .text("M"), help: "perhaps")
        let found = tree(
            globals: [verbose],
            Command(
                "run", aliases: ["go"], summary: "Run", arguments: [many, one], options: [version, level],
                rules: [.atLeastOne([stranger])], seeAlso: ["walk away"], run: { _, _ in .done }),
            Command("go", summary: "Go", arguments: [optional, one], run: { _, _ in .done }),
            Command("help", summary: "Help", run: { _, _ in .done }),
            Command("-x", summary: "Dash", run: { _, _ in .done })
        ).faults
        #expect(
            Set(found) == [
                "tool: two commands are called go",
                "tool: two commands are called help",
                "tool: \"-x\" cannot be the name of a command",
                "tool run: two options are written -v",
                "tool run: the choice \"a b\" cannot be completed",
                "tool run: nothing can follow NAME, which takes all the rest",
                "tool run: a rule speaks of --stranger, which is not declared",
                "tool run: \"Ends here.\" must be one line without a full stop",
                "tool run: the related command \"walk away\" does not exist",
                "tool go: LAST must be given but follows the optional MAYBE",
            ])
    }

    @Test("may not let one option be two things in a noun and its verb")
    func kinds() {
        let found = tree(
            Command(
                "noun", summary: "Do", options: [Option(flag: "data", help: "yes")],
                subcommands: [
                    Command("verb", summary: "Do", options: [Option("data", .text("D"), help: "what")]) { _, _ in .done
                    }
                ],
                run: { _, _ in .done })
        ).faults
        #expect(found == ["tool noun: --data is another kind of option in verb"])
    }
}
