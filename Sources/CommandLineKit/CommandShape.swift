/// All that is said about a command, without what it does: parsing, help and completions need no more.
struct CommandShape: Sendable {
    enum Action: Sendable {
        /// Names a command below it; does nothing itself.
        case choose
        case run
        /// Shows something this module writes.
        case help
        case manual
        case completions
    }

    let name: String
    let aliases: [String]
    let summary: String
    let discussion: String
    let examples: [Example]
    let arguments: [ArgumentForm]
    let optionGroups: [OptionGroup]
    let rules: [OptionRule]
    let seeAlso: [String]
    let isHidden: Bool
    let action: Action
    let subcommands: [CommandShape]

    var options: [OptionForm] { optionGroups.flatMap(\.options) }

    var visibleSubcommands: [CommandShape] { subcommands.filter { !$0.isHidden } }

    func subcommand(_ word: String) -> CommandShape? {
        subcommands.first { $0.name == word || $0.aliases.contains(word) }
    }
}

/// The whole tool, as help, manual and completions see it.
struct ToolShape: Sendable {
    let name: String
    let version: String
    let summary: String
    let discussion: String
    let groups: [(title: String, commands: [CommandShape])]
    let globals: [OptionForm]
    let sections: [ManualSection]
    let exitCodes: [ExitMeaning]

    var commands: [CommandShape] { groups.flatMap(\.commands) }

    /// The tool itself as a command, so that one loop can walk down from it.
    var root: CommandShape {
        CommandShape(
            name: name, aliases: [], summary: summary, discussion: discussion, examples: [], arguments: [],
            optionGroups: [], rules: [], seeAlso: [], isHidden: false, action: .choose, subcommands: commands)
    }

    /// The options a command understands: its own, then the global ones.
    func options(of command: CommandShape) -> [OptionForm] { command.options + globals }

    /// Every visible command below the root with the words that lead to it, in the order of the description.
    var everyCommand: [(path: [String], command: CommandShape)] {
        func below(_ command: CommandShape, _ path: [String]) -> [(path: [String], command: CommandShape)] {
            command.visibleSubcommands.flatMap { [(path + [$0.name], $0)] + below($0, path + [$0.name]) }
        }
        return below(root, [])
    }
}
