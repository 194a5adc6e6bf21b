public import Diagnostics

/// A command, or a noun with verbs: what it is called, what it takes, what it says of itself and what it does.
///
/// `Context` is what the caller hands to every command it runs: the outside world as values.
public struct Command<Context>: Sendable {
    public typealias Body = @Sendable (ParsedArguments, Context) async throws -> ExitCode

    let shape: CommandShape
    let subcommands: [Command<Context>]
    let body: Body?

    /// A command that does something, and may have commands below it as well.
    ///
    /// - Parameters:
    ///   - summary: one imperative line without a full stop.
    ///   - discussion: what it changes; paragraphs stand between blank lines, indented lines are kept as they are.
    ///   - options: its own options; the global ones need no mention.
    ///   - optionGroups: further options, each group under its own title in help.
    ///   - arguments: in order; only the last may be optional or many.
    ///   - seeAlso: related commands, as one types them after the tool's name.
    public init(
        _ name: String,
        aliases: [String] = [],
        summary: String,
        discussion: String = "",
        examples: [Example] = [],
        arguments: [any ArgumentDeclaration] = [],
        options: [any OptionDeclaration] = [],
        optionGroups: [OptionGroup] = [],
        rules: [OptionRule] = [],
        seeAlso: [String] = [],
        isHidden: Bool = false,
        subcommands: [Command<Context>] = [],
        run body: @escaping Body
    ) {
        var groups = optionGroups
        if !options.isEmpty { groups.insert(OptionGroup("Options", options), at: 0) }
        shape = CommandShape(
            name: name, aliases: aliases, summary: summary, discussion: discussion, examples: examples,
            arguments: arguments.map(\.form), optionGroups: groups, rules: rules, seeAlso: seeAlso, isHidden: isHidden,
            action: .run, subcommands: subcommands.map(\.shape))
        self.subcommands = subcommands
        self.body = body
    }

    /// A noun whose verbs do something.
    public init(
        noun name: String,
        aliases: [String] = [],
        summary: String,
        discussion: String = "",
        examples: [Example] = [],
        seeAlso: [String] = [],
        isHidden: Bool = false,
        verbs: [Command<Context>]
    ) {
        shape = CommandShape(
            name: name, aliases: aliases, summary: summary, discussion: discussion, examples: examples, arguments: [],
            optionGroups: [], rules: [], seeAlso: seeAlso, isHidden: isHidden, action: .choose,
            subcommands: verbs.map(\.shape))
        subcommands = verbs
        body = nil
    }
}

/// A command line to try, and what it does.
public struct Example: Sendable {
    let line: String
    let meaning: String

    /// - Parameter meaning: an imperative clause without a full stop.
    public init(_ line: String, _ meaning: String) {
        self.line = line
        self.meaning = meaning
    }
}

/// Commands that help shows under one title.
public struct CommandGroup<Context>: Sendable {
    let title: String
    let commands: [Command<Context>]

    public init(_ title: String, _ commands: [Command<Context>]) {
        self.title = title
        self.commands = commands
    }
}
