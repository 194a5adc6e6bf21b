/// What a shell has to know of the tool: its commands, and what may follow each.
struct CompletionTable: Sendable {
    /// What can stand where a value is expected.
    enum Candidates: Sendable, Equatable {
        case words([String])
        case files
        case directories
        case anything

        init(_ value: ValueForm) {
            guard value.choices.isEmpty else {
                self = .words(value.choices)
                return
            }
            switch value.completion {
            case .nothing: self = .anything
            case .files: self = .files
            case .directories: self = .directories
            }
        }

        /// As the bash and zsh scripts pass it about.
        var shellWord: String {
            switch self {
            case .words(let words): "words " + words.joined(separator: " ")
            case .files: "files"
            case .directories: "directories"
            case .anything: "anything"
            }
        }
    }

    /// A command, or the tool itself where the path is empty.
    struct Node: Sendable {
        /// The words that lead to it, joined by blanks.
        let path: String
        let command: CommandShape
        /// Its own visible options; the global ones are understood everywhere.
        let options: [OptionForm]
    }

    let name: String
    let nodes: [Node]
    let globals: [OptionForm]

    init(tool: ToolShape) {
        name = tool.name
        globals = tool.globals.filter { !$0.isHidden }
        let commands = [(path: [], command: tool.root)] + tool.everyCommand
        nodes = commands.map { path, command in
            Node(
                path: path.joined(separator: " "), command: command, options: command.options.filter { !$0.isHidden })
        }
    }

    /// `_penstock`, as the beginning of the names of a script's functions.
    var prefix: String { "_" + String(name.map { $0.isLetter || $0.isNumber ? $0 : "_" }) }

    /// A text between single quotes, as a POSIX shell reads it.
    static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }
}

extension CompletionTable {
    /// The functions that the bash and the zsh script share: they walk down the commands and tell what a value is.
    ///
    /// Each takes the path of a command and a word and answers in `REPLY`, or fails.
    var sharedFunctions: [String] { descendFunction + [""] + valueFunction + [""] + argumentFunction }

    private var descendFunction: [String] {
        [
            "# The command that the word $2 names below the command $1.",
            "\(prefix)_descend() {",
            "    case \"$1/$2\" in",
        ] + nodes.flatMap(descents) + Self.otherwiseFail
    }

    private var valueFunction: [String] {
        var lines = [
            "# What the value of the option $2 of the command $1 is; fails for options without one.",
            "\(prefix)_value() {",
            "    case \"$1/$2\" in",
        ]
        for node in nodes { lines += node.options.compactMap { valueCase($0, under: node.path) } }
        let everywhere = globals.compactMap { valueCase($0, under: nil) }.map { "    " + $0 }
        lines += ["    *)", "        case \"$2\" in"] + everywhere + ["        *) return 1 ;;", "        esac"]
        return lines + ["        ;;", "    esac", "}"]
    }

    private var argumentFunction: [String] {
        [
            "# What the argument number $2, counted from 0, of the command $1 is.",
            "\(prefix)_argument() {",
            "    case \"$1/$2\" in",
        ] + nodes.flatMap(argumentCases) + Self.otherwiseFail
    }

    static let otherwiseFail = ["    *) return 1 ;;", "    esac", "}"]

    private func descents(_ node: Node) -> [String] {
        node.command.visibleSubcommands.map { next in
            let words = ([next.name] + next.aliases).map { Self.quoted(node.path + "/" + $0) }
            let path = node.path.isEmpty ? next.name : node.path + " " + next.name
            return "    \(words.joined(separator: " | "))) REPLY=\(Self.quoted(path)) ;;"
        }
    }

    private func valueCase(_ option: OptionForm, under path: String?) -> String? {
        guard let value = option.value else { return nil }
        let patterns = option.spellings.map { Self.quoted((path.map { $0 + "/" } ?? "") + $0) }
        return "    \(patterns.joined(separator: " | "))) REPLY=\(Self.quoted(Candidates(value).shellWord)) ;;"
    }

    private func argumentCases(_ node: Node) -> [String] {
        node.command.arguments.enumerated().map { index, argument in
            let pattern = argument.takesMany ? Self.quoted(node.path + "/") + "*" : Self.quoted("\(node.path)/\(index)")
            return "    \(pattern)) REPLY=\(Self.quoted(Candidates(argument.value).shellWord)) ;;"
        }
    }
}
