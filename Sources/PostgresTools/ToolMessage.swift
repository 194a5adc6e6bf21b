/// One line that a client program wrote to its standard error.
public struct ToolMessage: Sendable, Hashable {
    public enum Level: String, Sendable, Comparable {
        /// Belongs to the message before it: a detail, a hint, a statement, a position.
        case detail
        case info
        case warning
        case error

        public static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }
        private var rank: Int {
            switch self {
            case .detail: 0
            case .info: 1
            case .warning: 2
            case .error: 3
            }
        }
    }

    public let level: Level
    /// Without the program's name and the word for the level.
    public let text: String
    /// The line of a script, from `psql:<stdin>:12:`.
    public let line: Int?

    /// Reads a line written with English messages.
    ///
    /// `pg_dump: warning: …`, `pg_restore: error: …`, `psql:<stdin>:12: ERROR:  …`, and the server's own `ERROR:  …`. What
    /// has no such beginning continues the message before it and is a detail.
    public init(_ text: String) {
        var rest = text[...]
        line = Self.dropProgram(&rest)
        let named = line != nil || rest.startIndex != text.startIndex
        guard let (word, level) = Self.levels.first(where: { rest.hasPrefix($0.word) }) else {
            self.level = named ? .info : .detail
            self.text = Self.trimmed(rest)
            return
        }
        self.level = level
        self.text = Self.trimmed(rest.dropFirst(word.count))
    }

    private static let levels: [(word: String, level: Level)] = [
        ("error: ", .error), ("fatal: ", .error), ("ERROR: ", .error), ("FATAL: ", .error), ("PANIC: ", .error),
        ("warning: ", .warning), ("WARNING: ", .warning), ("NOTICE: ", .info), ("INFO: ", .info), ("LOG: ", .info),
        ("DEBUG: ", .info), ("detail: ", .detail), ("hint: ", .detail), ("DETAIL: ", .detail), ("HINT: ", .detail),
        ("CONTEXT: ", .detail), ("STATEMENT: ", .detail), ("LINE ", .detail), ("QUERY: ", .detail),
    ]

    /// Takes `pg_dump: ` or `psql:<stdin>:12: ` off, and answers the number of the line.
    private static func dropProgram(_ rest: inout Substring) -> Int? {
        guard let tool = Tool.allCases.first(where: { rest.hasPrefix($0.program + ":") }) else { return nil }
        rest = rest.dropFirst(tool.program.count + 1)
        if rest.first == " " {
            rest = rest.dropFirst()
            return nil
        }
        // A file's name and a number, each followed by a colon.
        guard let end = rest.firstRange(of: ": ") else { return nil }
        let line = rest[..<end.lowerBound].split(separator: ":").last.flatMap { Int($0) }
        rest = rest[end.upperBound...]
        return line
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " || $0 == "\t" })
    }
}
