extension CommandTree {
    /// What is wrong with the description itself, one sentence each; a tool's tests expect none.
    public var faults: [String] {
        let commands = [(path: [], command: shape.root)] + Self.every(shape.root, [])
        return commands.flatMap { path, command -> [String] in
            let name = ([shape.name] + path).joined(separator: " ")
            return
                (namingFaults(command) + optionFaults(command, path) + argumentFaults(command)
                + ruleFaults(command) + textFaults(command)).map { name + ": " + $0 }
        }
    }

    /// Hidden commands too.
    private static func every(
        _ command: CommandShape, _ path: [String]
    ) -> [(path: [String], command: CommandShape)] {
        command.subcommands.flatMap { [(path + [$0.name], $0)] + every($0, path + [$0.name]) }
    }

    private func namingFaults(_ command: CommandShape) -> [String] {
        let names = command.subcommands.flatMap { [$0.name] + $0.aliases }
        return duplicates(names).map { "two commands are called \($0)" }
            + names.filter { !Self.isName($0) }.map { "\"\($0)\" cannot be the name of a command" }
    }

    private func optionFaults(_ command: CommandShape, _ path: [String]) -> [String] {
        let options = shape.options(of: command)
        let choices = (options.compactMap(\.value) + command.arguments.map(\.value)).flatMap(\.choices)
        return duplicates(options.flatMap(\.spellings)).map { "two options are written \($0)" }
            + options.filter { !Self.isName($0.name) }.map { "\"\($0.name)\" cannot be the name of an option" }
            + options.compactMap(\.short).filter { !$0.isASCII || !($0.isLetter || $0.isNumber) }
            .map { "\"\($0)\" cannot be a short option" }
            + choices.filter {
                $0.isEmpty || !$0.allSatisfy { $0.isASCII && !$0.isWhitespace && !#"'"\$`"#.contains($0) }
            }
            .map { "the choice \"\($0)\" cannot be completed" } + kindFaults(command, path)
    }

    /// An option that stands before the verb is read by the noun's declaration, so both must agree.
    private func kindFaults(_ command: CommandShape, _ path: [String]) -> [String] {
        command.subcommands.flatMap { next in
            next.options.compactMap { option in
                guard let other = command.options.first(where: { $0.name == option.name }) else { return nil }
                return other.kind == option.kind ? nil : "\(option.long) is another kind of option in \(next.name)"
            }
        }
    }

    private func argumentFaults(_ command: CommandShape) -> [String] {
        var faults = duplicates(command.arguments.map(\.name)).map { "two arguments are called \($0)" }
        for (argument, next) in zip(command.arguments, command.arguments.dropFirst()) {
            if argument.takesMany { faults.append("nothing can follow \(argument.name), which takes all the rest") }
            if argument.arity == .optional, next.least > 0 {
                faults.append("\(next.name) must be given but follows the optional \(argument.name)")
            }
        }
        return faults
    }

    private func ruleFaults(_ command: CommandShape) -> [String] {
        let known = Set(shape.options(of: command).map(\.name))
        return command.rules.flatMap(\.options).filter { !known.contains($0.name) }
            .map { "a rule speaks of \($0.long), which is not declared" }
    }

    private func textFaults(_ command: CommandShape) -> [String] {
        let texts = [command.summary] + command.options.map(\.help) + command.arguments.map(\.help)
        return texts.filter { $0.isEmpty || $0.hasSuffix(".") || $0.contains("\n") }
            .map { "\"\($0)\" must be one line without a full stop" }
            + command.seeAlso.filter { !leads($0) }.map { "the related command \"\($0)\" does not exist" }
    }

    private func leads(_ path: String) -> Bool {
        var command = shape.root
        for word in path.split(separator: " ") {
            guard let next = command.subcommand(String(word)) else { return false }
            command = next
        }
        return true
    }

    private func duplicates(_ names: [String]) -> [String] {
        Dictionary(grouping: names, by: \.self).filter { $0.value.count > 1 }.keys.sorted()
    }

    private static func isName(_ text: String) -> Bool {
        text.first?.isLetter == true && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
    }
}
