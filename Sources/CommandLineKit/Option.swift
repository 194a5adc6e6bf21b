/// An option of a command, declared once with its type: `arguments[jobs]` is then an `Int`.
///
/// Commands list their options; the same declaration reads the command line, the help, the manual page and the
/// completions. An option is identified by its long name, so one declaration can serve several commands.
public struct Option<Value: Sendable>: OptionDeclaration {
    public let form: OptionForm

    init(
        _ name: String, kind: OptionForm.Kind, value: ValueForm?, isRequired: Bool = false, default: String? = nil,
        traits: OptionTraits, bind: @escaping @Sendable ([Occurrence]) throws(BadValue) -> Value
    ) {
        form = OptionForm(
            name: name, short: traits.short, kind: kind, value: value, help: traits.help, isRequired: isRequired,
            defaultText: `default`, environment: traits.environment, isHidden: traits.isHidden,
            bind: { given throws(BadValue) in Box(value: try bind(given)) })
    }
}

extension Option {
    /// An option that may be given once, with a value; `nil` where it is not given.
    ///
    /// - Parameters:
    ///   - shownDefault: what help says is used without it, where that comes from elsewhere.
    ///   - environment: the environment variable that help names; reading it is the caller's business.
    public init<Item>(
        _ name: String, short: Character? = nil, _ format: ValueFormat<Item>, shownDefault: String? = nil,
        environment: String? = nil, isHidden: Bool = false, help: String
    ) where Value == Item? {
        self.init(
            name, kind: .value, value: format.form, default: shownDefault,
            traits: OptionTraits(short: short, help: help, environment: environment, isHidden: isHidden)
        ) { given throws(BadValue) in
            guard let last = given.last else { return nil }
            return try format.item(last.text, of: last.spelling)
        }
    }

    /// An option that may be given once, with a value and a default.
    public init(
        _ name: String, short: Character? = nil, _ format: ValueFormat<Value>, default: Value,
        environment: String? = nil, isHidden: Bool = false, help: String
    ) {
        self.init(
            name, kind: .value, value: format.form, default: format.show(`default`),
            traits: OptionTraits(short: short, help: help, environment: environment, isHidden: isHidden)
        ) { given throws(BadValue) in
            guard let last = given.last else { return `default` }
            return try format.item(last.text, of: last.spelling)
        }
    }

    /// An option that must be given once, with a value.
    public init(
        required name: String, short: Character? = nil, _ format: ValueFormat<Value>, help: String
    ) {
        self.init(
            name, kind: .value, value: format.form, isRequired: true,
            traits: OptionTraits(short: short, help: help, environment: nil, isHidden: false)
        ) { given throws(BadValue) in
            // The parser has refused a command line without it; an empty text is refused or read by the format.
            try format.item(given.last?.text ?? "", of: given.last?.spelling ?? "--" + name)
        }
    }

    /// An option that may be given any number of times, each with a value, kept in order.
    public init<Item>(
        repeated name: String, short: Character? = nil, _ format: ValueFormat<Item>, environment: String? = nil,
        isHidden: Bool = false, help: String
    ) where Value == [Item] {
        self.init(
            name, kind: .repeatedValue, value: format.form,
            traits: OptionTraits(short: short, help: help, environment: environment, isHidden: isHidden)
        ) { given throws(BadValue) in
            var items: [Item] = []
            for one in given { items.append(try format.item(one.text, of: one.spelling)) }
            return items
        }
    }
}

extension Option where Value == Bool {
    /// An option without a value; giving it twice says no more than once.
    public init(
        flag name: String, short: Character? = nil, environment: String? = nil, isHidden: Bool = false, help: String
    ) {
        self.init(
            name, kind: .flag, value: nil,
            traits: OptionTraits(short: short, help: help, environment: environment, isHidden: isHidden)
        ) { given throws(BadValue) in !given.isEmpty }
    }
}

extension Option where Value == Bool? {
    /// An option without a value that has an opposite: `--progress` and `--no-progress`; `nil` where neither is given.
    public init(
        negatable name: String, short: Character? = nil, shownDefault: String? = nil, environment: String? = nil,
        isHidden: Bool = false, help: String
    ) {
        self.init(
            name, kind: .negatableFlag, value: nil, default: shownDefault,
            traits: OptionTraits(short: short, help: help, environment: environment, isHidden: isHidden)
        ) { given throws(BadValue) in given.last.map { !$0.isNegated } }
    }
}

/// What every kind of option may have.
struct OptionTraits {
    let short: Character?
    let help: String
    let environment: String?
    let isHidden: Bool
}
