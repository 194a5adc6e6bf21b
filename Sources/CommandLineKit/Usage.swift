/// The line that shows how a command is written.
struct Usage: Sendable {
    let name: String
    /// The parts after the name, none of which is broken over lines.
    let parts: [String]

    init(_ command: CommandShape, name: String) {
        self.name = name
        let options = command.options.filter { !$0.isHidden }
        let exclusive = Set(
            command.rules.filter { $0.kind == .exactlyOne || $0.kind == .atLeastOne }.flatMap(\.options).map(\.name))
        let choices = command.rules.compactMap(Self.choice)
        let required = options.filter(\.isRequired).map(\.usage)
        let others = options.filter { !$0.isRequired && !exclusive.contains($0.name) }.map { form in
            "[\(form.usage)]" + (form.kind == .repeatedValue ? "..." : "")
        }
        let verb = command.visibleSubcommands.isEmpty ? [] : [command.action == .choose ? "COMMAND" : "[COMMAND]"]
        parts = verb + command.arguments.map(\.usage) + required + choices + others
    }

    /// `(-d DB... | --all-databases)` for options of which one must be given.
    private static func choice(_ rule: OptionRule) -> String? {
        guard rule.kind == .exactlyOne || rule.kind == .atLeastOne else { return nil }
        let options = rule.options.filter { !$0.isHidden }
            .map { $0.usage + ($0.kind == .repeatedValue ? "..." : "") }
        return "(" + options.joined(separator: " | ") + ")"
    }

    /// The usage in lines of at most `width` characters, the later ones indented to the first part.
    func lines(width: Int) -> [String] {
        let indent = min(name.count + 1, 24)
        let wrapped = Prose.wrap(words: parts, width: max(16, width - name.count - 1))
        guard let first = wrapped.first else { return [name] }
        return [name + " " + first] + wrapped.dropFirst().map { String(repeating: " ", count: indent) + $0 }
    }
}
