/// Any option, whatever the type of its value, so that options can stand in one list.
public protocol OptionDeclaration: Sendable {
    var form: OptionForm { get }
}

/// What is said about an option, and how its occurrences become a value.
public struct OptionForm: Sendable {
    enum Kind: Sendable {
        case flag
        case negatableFlag
        case value
        case repeatedValue
    }

    /// The long name, without dashes.
    public let name: String
    let short: Character?
    let kind: Kind
    /// What the value is; `nil` for flags.
    let value: ValueForm?
    let help: String
    let isRequired: Bool
    let defaultText: String?
    let environment: String?
    let isHidden: Bool
    let bind: @Sendable ([Occurrence]) throws(BadValue) -> any Sendable
}

extension OptionForm {
    /// `--jobs`.
    var long: String { "--" + name }

    /// `--no-progress`, for a flag that has an opposite.
    var opposite: String? { kind == .negatableFlag ? "--no-" + name : nil }

    /// Every way to write it, the short one first.
    var spellings: [String] { (short.map { ["-\($0)"] } ?? []) + [long] + (opposite.map { [$0] } ?? []) }

    /// How the usage line writes it: `-d DB`, `--jobs N`.
    var usage: String {
        let word = short.map { "-\($0)" } ?? (kind == .negatableFlag ? "--[no-]" + name : long)
        return value.map { word + " " + $0.metavariable } ?? word
    }

    /// What follows the help text: default, environment variable, choices, whether it repeats.
    var facts: [String] {
        var facts: [String] = []
        if let value, !value.choices.isEmpty { facts.append(Phrase.list(value.choices, last: "or")) }
        if isRequired { facts.append("required") }
        if kind == .repeatedValue { facts.append("may be repeated") }
        if let defaultText { facts.append("default: " + defaultText) }
        if let environment { facts.append("environment: " + environment) }
        return facts
    }
}

/// One use of an option on a command line.
struct Occurrence: Sendable {
    /// As it was written: `-j`, `--jobs`, `--no-progress`.
    let spelling: String
    /// The value; empty for flags.
    let text: String
    let isNegated: Bool
}

/// The value of an option or argument, whatever its type; optionals would not survive a cast without it.
struct Box<Value: Sendable>: Sendable {
    let value: Value
}

/// Options that help shows under a title of their own, such as the ones of a connection.
public struct OptionGroup: Sendable {
    let title: String
    let options: [OptionForm]

    public init(_ title: String, _ options: [any OptionDeclaration]) {
        self.title = title
        self.options = options.map(\.form)
    }
}
