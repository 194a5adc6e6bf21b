/// An argument of a command, declared once with its type: `arguments[location]` is then a `Location`.
///
/// An argument is identified by its name, which is also what help calls it.
public struct Argument<Value: Sendable>: ArgumentDeclaration {
    public let form: ArgumentForm

    /// An argument that must be given.
    public init(_ name: String, _ format: ValueFormat<Value>, help: String) {
        form = ArgumentForm(name: name, help: help, arity: .one, value: format.form) { words throws(BadValue) in
            // The parser has refused a command line without it.
            Box(value: try format.item(words.first ?? "", of: name))
        }
    }

    /// An argument that may be left out.
    public init<Item>(optional name: String, _ format: ValueFormat<Item>, help: String) where Value == Item? {
        form = ArgumentForm(name: name, help: help, arity: .optional, value: format.form) { words throws(BadValue) in
            guard let word = words.first else { return Box<Value>(value: nil) }
            return Box<Value>(value: try format.item(word, of: name))
        }
    }

    /// All the arguments from here on; at least `least` of them.
    public init<Item>(
        many name: String, atLeast least: Int = 0, _ format: ValueFormat<Item>, help: String
    ) where Value == [Item] {
        form = ArgumentForm(name: name, help: help, arity: .many(atLeast: least), value: format.form) {
            words throws(BadValue) in
            var items: [Item] = []
            for word in words { items.append(try format.item(word, of: name)) }
            return Box(value: items)
        }
    }
}

/// Any argument, whatever its type, so that arguments can stand in one list.
public protocol ArgumentDeclaration: Sendable {
    var form: ArgumentForm { get }
}

/// What is said about an argument, and how its words become a value.
public struct ArgumentForm: Sendable {
    enum Arity: Sendable, Equatable {
        case one
        case optional
        case many(atLeast: Int)
    }

    public let name: String
    let help: String
    let arity: Arity
    let value: ValueForm
    let bind: @Sendable ([String]) throws(BadValue) -> any Sendable
}

extension ArgumentForm {
    /// The fewest words it takes.
    var least: Int {
        switch arity {
        case .one: 1
        case .optional: 0
        case .many(let least): least
        }
    }

    var takesMany: Bool { if case .many = arity { true } else { false } }

    /// `LOCATION`, `[LOCATION]`, `NAME...`, `[NAME...]`.
    var usage: String {
        let word = takesMany ? name + "..." : name
        return least > 0 ? word : "[\(word)]"
    }

    var facts: [String] {
        value.choices.isEmpty ? [] : [Phrase.list(value.choices, last: "or")]
    }
}
