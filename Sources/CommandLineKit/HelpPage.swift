/// The help of the tool or of one command, as plain text.
struct HelpPage: Sendable {
    let tool: ToolShape
    let style: HelpStyle

    /// The page of the command at `path`, or of the nearest one above it that exists.
    func text(for path: [String]) -> String {
        var command = tool.root
        var names: [String] = []
        for word in path {
            guard let next = command.subcommand(word) else { break }
            command = next
            names.append(next.name)
        }
        let blocks = names.isEmpty ? overview : page(of: command, names)
        return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private var overview: [[String]] {
        let widest = tool.commands.filter { !$0.isHidden }.map(\.name.count).max() ?? 0
        return [
            sentence(tool.summary),
            section("Usage", ["  \(tool.name) COMMAND [ARGUMENTS AND OPTIONS]"]),
            prose(tool.discussion),
        ]
            + tool.groups.map { group in
                section(group.title, table(group.commands.filter { !$0.isHidden }.map(row), column: widest))
            } + [
                options("Global options", tool.globals),
                Prose.wrap("See `\(tool.name) help COMMAND` for one command.", width: style.width),
            ]
    }

    private func page(of command: CommandShape, _ path: [String]) -> [[String]] {
        let name = ([tool.name] + path).joined(separator: " ")
        let usage = Usage(command, name: name).lines(width: style.width - 2)
        return [
            sentence(command.summary),
            section("Usage", usage.map { "  " + $0 }),
            aliases(command),
            prose(command.discussion),
            section("Commands", table(command.visibleSubcommands.map(row))),
            section("Arguments", table(command.arguments.map(row))),
        ] + command.optionGroups.map { options($0.title, $0.options) } + [
            command.rules.flatMap { Prose.wrap($0.sentence, width: style.width) },
            section("Global options", globals),
            section("Examples", examples(command)),
            section("See also", seeAlso(command, path)),
        ]
    }
}

extension HelpPage {
    private func sentence(_ summary: String) -> [String] { Prose.wrap(summary + ".", width: style.width) }

    private func prose(_ text: String) -> [String] { Prose(text).lines(width: style.width) }

    private func section(_ title: String, _ lines: [String]) -> [String] {
        lines.isEmpty ? [] : [style.strong(title + ":")] + lines
    }

    private func aliases(_ command: CommandShape) -> [String] {
        guard !command.aliases.isEmpty else { return [] }
        return Prose.wrap("Also written: \(command.aliases.joined(separator: ", "))", width: style.width)
    }

    private func row(_ command: CommandShape) -> Row { Row(label: command.name, text: command.summary) }

    private func row(_ argument: ArgumentForm) -> Row {
        Row(label: argument.name, text: Row.text(argument.help, argument.facts))
    }

    private func options(_ title: String, _ options: [OptionForm]) -> [String] {
        section(title, table(options.filter { !$0.isHidden }.map(Row.init)))
    }

    /// The names only; the overview explains them.
    private var globals: [String] {
        let names = tool.globals.filter { !$0.isHidden }.map { option in
            let long = option.opposite == nil ? option.long : "--[no-]" + option.name
            return option.value.map { long + " " + $0.metavariable } ?? long
        }
        let words = names.dropLast().map { $0 + "," } + names.suffix(1) + ["(see `\(tool.name) help`)"]
        return Prose.wrap(words: words, width: style.width - 2).map { "  " + $0 }
    }

    private func examples(_ command: CommandShape) -> [String] {
        command.examples.flatMap { example in
            ["  " + example.line] + Prose.wrap(example.meaning, width: style.width - 6).map { "      " + $0 }
        }
    }

    private func seeAlso(_ command: CommandShape, _ path: [String]) -> [String] {
        let above = path.count > 1 ? [path.dropLast().joined(separator: " ")] : []
        let topics = (command.seeAlso + above).map { "\(tool.name) help \($0)" }
        return Prose.wrap(words: topics.dropLast().map { $0 + "," } + topics.suffix(1), width: style.width - 2)
            .map { "  " + $0 }
    }

    /// Labels on the left, their texts wrapped on the right; a label too long for its column has a line to itself.
    private func table(_ rows: [Row], column least: Int = 0) -> [String] {
        let limit = min(30, style.width * 2 / 5)
        let column = max(least, rows.map(\.label.count).filter { $0 <= limit }.max() ?? 8)
        let gap = String(repeating: " ", count: column + 4)
        return rows.flatMap { row in
            let label = "  " + style.strong(row.label)
            let lines = Prose.wrap(row.text, width: style.width - column - 4)
            guard let first = lines.first, row.label.count <= column else {
                return [label] + lines.map { gap + $0 }
            }
            let padding = String(repeating: " ", count: column - row.label.count + 2)
            return [label + padding + first] + lines.dropFirst().map { gap + $0 }
        }
    }
}

/// A name and what is said about it.
struct Row: Sendable {
    let label: String
    let text: String
}

extension Row {
    /// `-j, --jobs N`; without a short letter the long name stands where the others do.
    init(_ option: OptionForm) {
        let long = option.opposite == nil ? option.long : "--[no-]" + option.name
        let names = option.short.map { "-\($0), " } ?? "    "
        let value = option.value.map { " " + $0.metavariable } ?? ""
        self.init(label: names + long + value, text: Row.text(option.help, option.facts))
    }

    static func text(_ help: String, _ facts: [String]) -> String {
        facts.isEmpty ? help : help + " (" + facts.joined(separator: "; ") + ")"
    }
}
