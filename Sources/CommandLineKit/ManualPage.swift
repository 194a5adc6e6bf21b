import Diagnostics

/// The manual page of the whole tool, in roff with the `man` macros.
///
/// Source: <https://man7.org/linux/man-pages/man7/groff_man.7.html>
struct ManualPage: Sendable {
    let tool: ToolShape

    /// The page, without a date, so that the same description always gives the same bytes.
    var text: String {
        let title = Roff.plain(tool.name.uppercased())
        let foot = Roff.plain(tool.name + " " + tool.version)
        let header = [".TH \"\(title)\" \"1\" \"\" \"\(foot)\" \"\(Roff.plain(tool.name)) manual\""]
        // Left-justified and without hyphens: command lines must be copied as they stand.
        let blocks = [
            header, [".nh", ".ad l"], name, synopsis, description, globals, commands, environment, exitStatus, sections,
        ]
        return blocks.joined().joined(separator: "\n") + "\n"
    }

    private var name: [String] {
        let summary = tool.summary.prefix(1).lowercased() + tool.summary.dropFirst()
        return [".SH NAME", Roff.plain(tool.name) + " \\- " + Roff.plain(summary)]
    }

    private var synopsis: [String] {
        [".SH SYNOPSIS", Roff.bold(tool.name) + " " + Roff.italic("COMMAND") + " [" + Roff.italic("...") + "]"]
    }

    private var description: [String] {
        tool.discussion.isEmpty ? [] : [".SH DESCRIPTION"] + Roff.prose(tool.discussion).dropFirst()
    }

    private var globals: [String] {
        [".SH \"GLOBAL OPTIONS\"", "These are understood before and after every command."] + options(tool.globals)
    }

    private var commands: [String] {
        [".SH COMMANDS"] + tool.everyCommand.flatMap { path, command in section(command, path) }
    }

    private var exitStatus: [String] {
        guard !tool.exitCodes.isEmpty else { return [] }
        return [".SH \"EXIT STATUS\""]
            + tool.exitCodes.flatMap { [".TP", Roff.bold(String($0.code.rawValue)), Roff.running($0.meaning)] }
    }

    private var sections: [String] {
        tool.sections.flatMap { [Roff.heading("SH", $0.title.uppercased())] + Roff.prose($0.text).dropFirst() }
    }

    /// Every variable that an option names, with the options that replace it.
    private var environment: [String] {
        let everyOption = tool.globals + tool.everyCommand.flatMap(\.command.options)
        var options: [String: Set<String>] = [:]
        for option in everyOption where !option.isHidden {
            if let variable = option.environment { options[variable, default: []].insert(option.long) }
        }
        guard !options.isEmpty else { return [] }
        let entries = options.sorted { $0.key < $1.key }.flatMap { variable, names in
            let list = names.sorted().map(Roff.bold).joined(separator: ", ")
            return [".TP", Roff.bold(variable), "Used where \(list) is not given."]
        }
        return [".SH ENVIRONMENT"] + entries
    }
}

extension ManualPage {
    private func section(_ command: CommandShape, _ path: [String]) -> [String] {
        let name = ([tool.name] + path).joined(separator: " ")
        let usage = Usage(command, name: name)
        let parts = usage.parts.map { Roff.plain($0).replacing(" ", with: "\\ ") }
        var lines = [Roff.heading("SS", path.joined(separator: " "))]
        lines += [([Roff.bold(name)] + parts).joined(separator: " "), ".PP", Roff.running(command.summary + ".")]
        if !command.aliases.isEmpty {
            lines += [".PP", "Also written: " + command.aliases.map(Roff.bold).joined(separator: ", ")]
        }
        lines += Roff.prose(command.discussion)
        lines += command.arguments.flatMap { argument in
            [".TP", Roff.italic(argument.name), Roff.running(Row.text(argument.help, argument.facts))]
        }
        for group in command.optionGroups {
            let isTitled = command.optionGroups.count > 1
            lines += (isTitled ? [".PP", Roff.plain(group.title + ":")] : []) + options(group.options)
        }
        lines += command.rules.flatMap { [".PP", Roff.running($0.sentence)] }
        lines += command.examples.flatMap { example in
            [".PP", Roff.running(example.meaning + ":")] + Roff.verbatim([example.line])
        }
        return lines
    }

    private func options(_ options: [OptionForm]) -> [String] {
        options.filter { !$0.isHidden }.flatMap { option in
            let names = option.spellings.map(Roff.bold).joined(separator: ", ")
            let value = option.value.map { " " + Roff.italic($0.metavariable) } ?? ""
            return [".TP", names + value, Roff.running(Row.text(option.help, option.facts))]
        }
    }
}
