extension CommandShape {
    static let helpOption = Option(flag: "help", help: "show this help")
    static let topic = Argument(many: "COMMAND", .text("COMMAND"), help: "the command to explain, such as `help`")
    static let shell = Argument("SHELL", .choice("SHELL", of: Shell.self), help: "the shell to write for")

    /// The commands that every tool of this module has.
    static func builtIn(tool: String) -> [CommandShape] {
        [
            CommandShape(
                builtIn: "help", .help, summary: "Show how to use \(tool) or one of its commands",
                examples: [Example("\(tool) help completions", "Explain the command completions")], arguments: [topic]),
            CommandShape(
                builtIn: "manual", .manual, summary: "Print the manual page of all commands, in roff",
                examples: [Example("\(tool) manual | man -l -", "Read the manual page")], arguments: []),
            CommandShape(
                builtIn: "completions", .completions, summary: "Print a script that completes commands in a shell",
                discussion: """
                    For bash, put `source <(\(tool) completions bash)` in `~/.bashrc`.

                    For zsh, write it to a file named `_\(tool)` in a directory of `$fpath`, or put \
                    `source <(\(tool) completions zsh)` after `compinit` in `~/.zshrc`.

                    For fish, write it to `~/.config/fish/completions/\(tool).fish`.
                    """,
                examples: [Example("source <(\(tool) completions bash)", "Complete commands in this bash session")],
                arguments: [shell]),
        ]
    }

    private init(
        builtIn name: String, _ action: Action, summary: String, discussion: String = "", examples: [Example],
        arguments: [any ArgumentDeclaration]
    ) {
        self.init(
            name: name, aliases: [], summary: summary, discussion: discussion, examples: examples,
            arguments: arguments.map(\.form), optionGroups: [], rules: [], seeAlso: [], isHidden: false,
            action: action, subcommands: [])
    }
}
