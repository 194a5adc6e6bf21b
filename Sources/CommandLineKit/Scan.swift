import Diagnostics

/// A command line being read word by word: which command it names, its options, its arguments.
///
/// Nothing is judged here that needs the whole line; values are still texts.
struct Scan: Sendable {
    private let tool: ToolShape
    private(set) var command: CommandShape
    private(set) var path: [String] = []
    /// The uses of each option by its long name.
    private(set) var occurrences: [String: [Occurrence]] = [:]
    /// The arguments.
    private(set) var words: [String] = []
    private var hasEnded = false

    init(tool: ToolShape) {
        self.tool = tool
        command = tool.root
    }

    var asksForHelp: Bool { occurrences[CommandShape.helpOption.form.name] != nil }

    var commandLine: String { ([tool.name] + path).joined(separator: " ") }

    mutating func read(_ line: [String]) throws(UsageError) {
        var rest = line[...]
        while let word = rest.popFirst() {
            if hasEnded {
                words.append(word)
            } else if word == "--" {
                hasEnded = true
            } else if word.utf8.starts(with: "--".utf8) {
                try readLong(word, &rest)
            } else if word.utf8.first == UInt8(ascii: "-"), word.utf8.count > 1 {
                try readCluster(word, &rest)
            } else {
                try readWord(word)
            }
        }
    }

    /// Goes down to the command that `word` names.
    mutating func descend(_ word: String) throws(UsageError) {
        guard let next = command.subcommand(word) else { throw unknownCommand(word) }
        command = next
        path.append(next.name)
    }

    /// Refuses the options of a command that is only passed through.
    func checkPlaces() throws(UsageError) {
        let known = Set(tool.options(of: command).map(\.name))
        let strangers = occurrences.filter { !known.contains($0.key) }.compactMap(\.value.first?.spelling)
        guard let stranger = strangers.min() else { return }
        throw UsageError(.misplacedOption, commandLine, "\(stranger) is no option of \(commandLine)")
    }
}

extension Scan {
    private mutating func readWord(_ word: String) throws(UsageError) {
        let mayName = words.isEmpty && !command.subcommands.isEmpty
        guard mayName, command.subcommand(word) != nil || command.arguments.isEmpty else {
            words.append(word)
            return
        }
        try descend(word)
    }

    /// `--name`, `--name VALUE` or `--name=VALUE`.
    private mutating func readLong(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
        let equals = word.utf8.firstIndex(of: UInt8(ascii: "="))
        let spelling = equals.map { String(word[..<$0]) } ?? word
        let attached = equals.map { String(word[word.utf8.index(after: $0)...]) }
        if path.isEmpty, word == "--version", command.subcommand("version") != nil, option(spelling) == nil {
            return try descend("version")
        }
        guard let (form, isNegated) = option(spelling) else { throw unknownOption(spelling) }
        guard form.value == nil else {
            let text = if let attached { attached } else { try value(of: form, spelling, &rest) }
            return note(form, Occurrence(spelling: spelling, text: text, isNegated: false))
        }
        guard attached == nil else {
            throw UsageError(.unexpectedValue, commandLine, "\(spelling) takes no value")
        }
        note(form, Occurrence(spelling: spelling, text: "", isNegated: isNegated))
    }

    /// `-v`, `-vq`, `-d VALUE`, `-dVALUE` or `-vdVALUE`.
    private mutating func readCluster(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
        var letters = word.unicodeScalars.dropFirst()
        var previous: String?
        while let letter = letters.popFirst() {
            let spelling = "-" + String(Character(letter))
            if letter == "=", let previous {
                throw UsageError(.unexpectedValue, commandLine, "\(previous) takes no value")
            }
            guard let form = option(letter: Character(letter)) else { throw unknownOption(spelling) }
            guard form.value != nil else {
                note(form, Occurrence(spelling: spelling, text: "", isNegated: false))
                previous = spelling
                continue
            }
            let text = letters.isEmpty ? try value(of: form, spelling, &rest) : String(letters)
            return note(form, Occurrence(spelling: spelling, text: text, isNegated: false))
        }
    }

    /// The next word as a value; one that looks like an option is not taken for it.
    private func value(
        of form: OptionForm, _ spelling: String, _ rest: inout ArraySlice<String>
    ) throws(UsageError) -> String {
        if let next = rest.first, next.utf8.first != UInt8(ascii: "-") || next == "-" {
            rest.removeFirst()
            return next
        }
        let name = form.value?.metavariable ?? ""
        let advice = rest.isEmpty ? "" : "; write \(form.long)=\(name) if it begins with a dash"
        throw UsageError(.missingValue, commandLine, "\(spelling) needs a value, \(name)\(advice)")
    }

    private mutating func note(_ form: OptionForm, _ occurrence: Occurrence) {
        occurrences[form.name, default: []].append(occurrence)
    }

    private func option(_ spelling: String) -> (form: OptionForm, isNegated: Bool)? {
        for form in tool.options(of: command) {
            if form.long == spelling { return (form, false) }
            if form.opposite == spelling { return (form, true) }
        }
        return nil
    }

    private func option(letter: Character) -> OptionForm? {
        tool.options(of: command).first { $0.short == letter }
    }
}

extension Scan {
    private func unknownOption(_ spelling: String) -> UsageError {
        let known = tool.options(of: command).filter { !$0.isHidden }
        let name = String(spelling.drop { $0 == "-" })
        let isLong = spelling.utf8.starts(with: "--".utf8)
        let names = known.flatMap { [$0.name] + ($0.opposite == nil ? [] : ["no-" + $0.name]) }
        let nearest = isLong ? Nearest.match(name, among: names).map { "--" + $0 } : nil
        let shown = isLong ? Phrase.name(name).map { " --" + $0 } ?? "" : " " + Phrase.letter(spelling)
        let place = path.isEmpty && nearest == nil ? " before the command" : ""
        return UsageError(.unknownOption, commandLine, "unknown option\(shown)\(place)", suggestion: nearest)
    }

    private func unknownCommand(_ word: String) -> UsageError {
        let shown = Phrase.name(word).map { " " + $0 } ?? ""
        let names = command.visibleSubcommands.flatMap { [$0.name] + $0.aliases }
        let clause = path.isEmpty ? "unknown command\(shown)" : "\(commandLine) has no command\(shown)"
        let nearest = Nearest.match(word, among: names) ?? verb(word)
        return UsageError(.unknownCommand, commandLine, clause, suggestion: nearest)
    }

    /// The path of a command further down whose last word this is: `container create` for `create`.
    private func verb(_ word: String) -> String? {
        guard path.isEmpty else { return nil }
        let below = tool.everyCommand.filter { $0.path.count > 1 && $0.path.last == word }
        return below.count == 1 ? below.first?.path.joined(separator: " ") : nil
    }
}
