/// How the text of an option's value or of an argument is read, and how it is spoken of.
///
/// The same value serves parsing, error messages, help, the manual page and completions.
public struct ValueFormat<Item: Sendable>: Sendable {
    let form: ValueForm
    let show: @Sendable (Item) -> String
    private let read: @Sendable (String) throws -> Item?

    /// A format of one's own.
    ///
    /// - Parameters:
    ///   - metavariable: what stands for the value in help: `N`, `LOCATION`.
    ///   - wants: what the value has to be, to follow "--jobs wants": `a whole number of at least 1`.
    ///   - choices: every value there is, if it is one of a few; without blanks.
    ///   - completion: what a shell offers where there are no choices.
    ///   - show: how a default value is printed.
    ///   - read: gives `nil` for a text that does not fit, or throws an error that says more, kept as the cause.
    public init(
        _ metavariable: String,
        wants: String,
        choices: [String] = [],
        completion: ValueCompletion = .nothing,
        show: @escaping @Sendable (Item) -> String = { String(describing: $0) },
        read: @escaping @Sendable (String) throws -> Item?
    ) {
        form = ValueForm(
            metavariable: metavariable, wants: wants, choices: choices, completion: completion, secrecy: .open)
        self.show = show
        self.read = read
    }

    private init(_ other: ValueFormat, secrecy: ValueForm.Secrecy) {
        var form = other.form
        form.secrecy = secrecy
        self.form = form
        show = other.show
        read = other.read
    }

    /// The same format for values that may hold a secret, which no error of this module ever quotes.
    ///
    /// - Parameter keepingCauses: whether an error thrown while reading is kept as the cause. Say so only if that error
    ///   never quotes the value.
    public func secret(keepingCauses: Bool = false) -> ValueFormat {
        ValueFormat(self, secrecy: keepingCauses ? .hiddenButExplained : .hidden)
    }

    /// Reads `text`, given to the option or argument spelled `spelling`.
    func item(_ text: String, of spelling: String) throws(BadValue) -> Item {
        var cause: (any Error)?
        do {
            if let item = try read(text) { return item }
        } catch {
            cause = form.secrecy == .hidden ? nil : error
        }
        throw BadValue(spelling: spelling, text: form.secrecy == .open ? text : nil, wants: form.wants, cause: cause)
    }
}

/// What a shell offers for a value that is not one of a few choices.
public enum ValueCompletion: Sendable {
    case nothing
    case files
    case directories
}

/// What is said about a value, whatever its Swift type.
struct ValueForm: Sendable {
    enum Secrecy: Sendable {
        case open
        case hiddenButExplained
        case hidden
    }

    let metavariable: String
    let wants: String
    let choices: [String]
    let completion: ValueCompletion
    var secrecy: Secrecy
}

/// A text that its format refused; `text` is `nil` where it may be a secret.
struct BadValue: Error {
    let spelling: String
    let text: String?
    let wants: String
    let cause: (any Error)?
}
