/// Which options of a command may or must stand together.
public struct OptionRule: Sendable {
    enum Kind: Sendable {
        case atMostOne
        case atLeastOne
        case exactlyOne
        case needs
    }

    let kind: Kind
    let options: [OptionForm]

    /// Options of which no two may be given.
    public static func atMostOne(_ options: [any OptionDeclaration]) -> OptionRule {
        OptionRule(kind: .atMostOne, options: options.map(\.form))
    }

    /// Options of which one must be given.
    public static func atLeastOne(_ options: [any OptionDeclaration]) -> OptionRule {
        OptionRule(kind: .atLeastOne, options: options.map(\.form))
    }

    /// Options of which one must be given, and no two may be.
    public static func exactlyOne(_ options: [any OptionDeclaration]) -> OptionRule {
        OptionRule(kind: .exactlyOne, options: options.map(\.form))
    }

    /// An option that says nothing without another.
    public static func option(_ option: any OptionDeclaration, needs other: any OptionDeclaration) -> OptionRule {
        OptionRule(kind: .needs, options: [option.form, other.form])
    }
}

extension OptionRule {
    private var names: [String] { options.map(\.long) }

    /// The rule as a sentence of the help.
    var sentence: String {
        switch kind {
        case .atMostOne: "Give at most one of \(Phrase.list(names, last: "and"))."
        case .atLeastOne: "Give at least one of \(Phrase.list(names, last: "and"))."
        case .exactlyOne: "Give exactly one of \(Phrase.list(names, last: "and"))."
        case .needs: "Give \(names[0]) only with \(names[1])."
        }
    }

    /// What is wrong with a command line on which the options named in `given` stand.
    func violation(given: Set<String>, command: String) -> UsageError? {
        let used = options.filter { given.contains($0.name) }.map(\.long)
        switch kind {
        case .atMostOne, .exactlyOne:
            if used.count > 1 {
                let clause = used.count == 2 ? "exclude each other" : "exclude one another"
                return UsageError(.conflictingOptions, command, Phrase.list(used, last: "and") + " " + clause)
            }
            guard kind == .exactlyOne, used.isEmpty else { return nil }
            return UsageError(.missingOption, command, "\(command) needs \(Phrase.list(names, last: "or"))")
        case .atLeastOne:
            guard used.isEmpty else { return nil }
            return UsageError(.missingOption, command, "\(command) needs \(Phrase.list(names, last: "or"))")
        case .needs:
            guard used == [names[0]] else { return nil }
            return UsageError(.missingOption, command, "\(names[0]) may be given only with \(names[1])")
        }
    }
}
