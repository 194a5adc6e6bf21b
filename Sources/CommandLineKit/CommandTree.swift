public import Diagnostics

/// A command-line tool: one description from which parsing, help, manual page and completions all come.
///
/// It never prints, reads the environment or exits: it answers with values. The commands `help`, `manual` and
/// `completions` and the option `--help` are its own.
public struct CommandTree<Context>: Sendable {
    let shape: ToolShape
    private let commands: [Command<Context>]

    /// - Parameters:
    ///   - version: as the foot of the manual page shows it; `--version` is the command `version`, if there is one.
    ///   - summary: one imperative line without a full stop.
    ///   - globalOptions: understood before and after every command.
    ///   - groups: the commands in the order of the help.
    ///   - sections: further sections of the manual page, such as the files the tool reads.
    ///   - exitCodes: what each exit status means.
    public init(
        _ name: String,
        version: String,
        summary: String,
        discussion: String = "",
        globalOptions: [any OptionDeclaration],
        groups: [CommandGroup<Context>],
        sections: [ManualSection] = [],
        exitCodes: [ExitMeaning] = []
    ) {
        let own = (title: "About \(name)", commands: CommandShape.builtIn(tool: name))
        var titled = groups.map { (title: $0.title, commands: $0.commands.map(\.shape)) }
        if let place = titled.firstIndex(where: { $0.title == own.title }) {
            titled[place].commands = own.commands + titled[place].commands
        } else {
            titled.append(own)
        }
        shape = ToolShape(
            name: name, version: version, summary: summary, discussion: discussion, groups: titled,
            globals: globalOptions.map(\.form) + [CommandShape.helpOption.form], sections: sections,
            exitCodes: exitCodes)
        commands = groups.flatMap(\.commands)
    }

    /// What a command line asks for.
    ///
    /// - Parameter words: the words after the tool's own name.
    public func parse(_ words: [String]) throws(UsageError) -> Invocation<Context> {
        switch try Parser(tool: shape).parse(words) {
        case .page(let page, let arguments): return .page(page, arguments)
        case .run(let arguments):
            guard let body = body(of: arguments.path) else {
                preconditionFailure("\(arguments.command) was parsed but is not in the tree")
            }
            return .run(CommandRun(arguments: arguments, body: body))
        }
    }

    /// The text of a page, ending with a line break.
    public func text(of page: Page, style: HelpStyle = HelpStyle()) -> String {
        switch page {
        case .help(let path): HelpPage(tool: shape, style: style).text(for: path)
        case .manual: ManualPage(tool: shape).text
        case .completions(.bash): BashCompletions(tool: shape).text
        case .completions(.zsh): ZshCompletions(tool: shape).text
        case .completions(.fish): FishCompletions(tool: shape).text
        }
    }

    private func body(of path: [String]) -> Command<Context>.Body? {
        var level = commands
        var body: Command<Context>.Body?
        for name in path {
            guard let command = level.first(where: { $0.shape.name == name }) else { return nil }
            body = command.body
            level = command.subcommands
        }
        return body
    }
}

/// What an exit status means, for the manual page.
public struct ExitMeaning: Sendable {
    let code: ExitCode
    let meaning: String

    public init(_ code: ExitCode, _ meaning: String) {
        self.code = code
        self.meaning = meaning
    }
}

/// A section of the manual page that no command owns; paragraphs as in a command's discussion.
public struct ManualSection: Sendable {
    let title: String
    let text: String

    public init(_ title: String, _ text: String) {
        self.title = title
        self.text = text
    }
}
