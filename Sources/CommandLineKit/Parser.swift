/// Reads command lines against the description of the tool.
struct Parser: Sendable {
    enum Outcome: Sendable {
        case run(ParsedArguments)
        case page(Page, ParsedArguments)
    }

    let tool: ToolShape

    func parse(_ words: [String]) throws(UsageError) -> Outcome {
        guard !words.isEmpty else { return .page(.help([]), try globals(of: Scan(tool: tool))) }
        var scan = Scan(tool: tool)
        try scan.read(words)
        if scan.asksForHelp { return .page(.help(scan.path), try globals(of: scan)) }
        let arguments = try bind(scan)
        switch scan.command.action {
        case .run: return .run(arguments)
        case .manual: return .page(.manual, arguments)
        case .completions: return .page(.completions(arguments[CommandShape.shell]), arguments)
        case .help: return .page(.help(try topic(arguments[CommandShape.topic])), arguments)
        case .choose: throw missingCommand(scan)
        }
    }

    /// The path of the command that `help` was asked about.
    private func topic(_ words: [String]) throws(UsageError) -> [String] {
        var scan = Scan(tool: tool)
        for word in words { try scan.descend(word) }
        return scan.path
    }

    private func missingCommand(_ scan: Scan) -> UsageError {
        let verbs = scan.command.visibleSubcommands.map(\.name)
        let choice = scan.path.isEmpty || verbs.count > 8 ? "" : ": " + Phrase.list(verbs, last: "or")
        return UsageError(.missingCommand, scan.commandLine, "\(scan.commandLine) needs a command\(choice)")
    }
}

extension Parser {
    /// Checks a scanned line as a whole and gives its words their types.
    private func bind(_ scan: Scan) throws(UsageError) -> ParsedArguments {
        guard scan.command.action != .choose else { throw missingCommand(scan) }
        try scan.checkPlaces()
        try checkCount(of: scan.words, scan)
        let options = try values(of: tool.options(of: scan.command), scan)
        let arguments = try values(of: scan.command.arguments, scan)
        let given = Set(scan.occurrences.keys)
        for rule in scan.command.rules {
            if let violation = rule.violation(given: given, command: scan.commandLine) { throw violation }
        }
        return ParsedArguments(
            path: scan.path, tool: tool.name, options: options, arguments: arguments, given: given)
    }

    /// Only the global options, for a page that is shown whatever else stands on the line.
    private func globals(of scan: Scan) throws(UsageError) -> ParsedArguments {
        ParsedArguments(
            path: scan.path, tool: tool.name, options: try values(of: tool.globals, scan), arguments: [:],
            given: Set(scan.occurrences.keys))
    }

    private func values(of forms: [OptionForm], _ scan: Scan) throws(UsageError) -> [String: any Sendable] {
        var values: [String: any Sendable] = [:]
        for form in forms {
            let given = scan.occurrences[form.name] ?? []
            try checkCount(of: given, form, scan)
            do {
                values[form.name] = try form.bind(given)
            } catch {
                throw UsageError(error, command: scan.commandLine)
            }
        }
        return values
    }

    private func checkCount(of given: [Occurrence], _ form: OptionForm, _ scan: Scan) throws(UsageError) {
        if form.isRequired, given.isEmpty {
            throw UsageError(.missingOption, scan.commandLine, "\(scan.commandLine) needs \(form.usage)")
        }
        guard let first = given.first, let last = given.last, given.count > 1 else { return }
        if form.kind == .value {
            throw UsageError(.repeatedOption, scan.commandLine, "\(form.long) may be given only once")
        }
        if let other = given.first(where: { $0.isNegated != first.isNegated }) {
            let pair = last.spelling == first.spelling ? other : last
            throw UsageError(
                .conflictingOptions, scan.commandLine, "\(first.spelling) and \(pair.spelling) exclude each other")
        }
    }

    private func values(of forms: [ArgumentForm], _ scan: Scan) throws(UsageError) -> [String: any Sendable] {
        var values: [String: any Sendable] = [:]
        var rest = scan.words[...]
        for form in forms {
            let taken = form.takesMany ? rest : rest.prefix(1)
            rest = rest.dropFirst(taken.count)
            do {
                values[form.name] = try form.bind(Array(taken))
            } catch {
                throw UsageError(error, command: scan.commandLine)
            }
        }
        return values
    }

    private func checkCount(of words: [String], _ scan: Scan) throws(UsageError) {
        var before = 0
        for form in scan.command.arguments {
            guard words.count < before + form.least else {
                before += form.least
                continue
            }
            let number = form.least > 1 ? "at least \(form.least) arguments \(form.name)" : form.name
            throw UsageError(.missingArgument, scan.commandLine, "\(scan.commandLine) needs \(number)")
        }
        guard !scan.command.arguments.contains(where: \.takesMany) else { return }
        let most = scan.command.arguments.count
        guard words.count > most else { return }
        let count = most == 0 ? "no arguments" : most == 1 ? "one argument" : "only \(most) arguments"
        let found = Phrase.name(words[most]).map { "; found \"\($0)\"" } ?? ", and found \(words.count)"
        throw UsageError(.unexpectedArgument, scan.commandLine, "\(scan.commandLine) takes \(count)\(found)")
    }
}
