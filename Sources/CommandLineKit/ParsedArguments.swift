/// The options and arguments of one command line, read and checked.
public struct ParsedArguments: Sendable {
    /// The words of the command, aliases replaced: `["container", "create"]`.
    public let path: [String]
    let tool: String
    let options: [String: any Sendable]
    let arguments: [String: any Sendable]
    let given: Set<String>

    /// The value of an option, which must be one of the command's own or a global one.
    public subscript<Value>(option: Option<Value>) -> Value {
        guard let box = options[option.form.name] as? Box<Value> else {
            preconditionFailure("\(command) reads \(option.form.long), which it does not declare")
        }
        return box.value
    }

    /// The value of an argument, which must be one of the command's own.
    public subscript<Value>(argument: Argument<Value>) -> Value {
        guard let box = arguments[argument.form.name] as? Box<Value> else {
            preconditionFailure("\(command) reads \(argument.form.name), which it does not declare")
        }
        return box.value
    }

    /// Whether an option stands on the command line, so that the environment and the files do not count.
    public func isGiven(_ option: any OptionDeclaration) -> Bool { given.contains(option.form.name) }

    /// The command as a person writes it: `penstock container create`.
    public var command: String { ([tool] + path).joined(separator: " ") }

    /// An error for what only the command can see is wrong with its arguments.
    ///
    /// - Parameter summary: one lower-case clause without a full stop.
    public func refusal(_ summary: String, cause: (any Error)? = nil) -> UsageError {
        UsageError(.refused, command, summary, cause: cause)
    }
}
