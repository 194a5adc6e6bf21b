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
    /// The five characters of SQLSTATE that psql shows of an error of the server with `VERBOSITY=verbose`, and which are
    /// the same in every language of the server.
    public let state: String?
    /// The line of a script, from `psql:<stdin>:12:`.
    public let line: Int?

    /// Reads a line written with English messages.
    ///
    /// `pg_dump: warning: …`, `pg_restore: error: …`, `psql:<stdin>:12: ERROR:  …`, and the server's own `ERROR:  …`. What
    /// has no such beginning continues the message before it and is a detail. `psql:<stdin>:12: FEHLER:  42710: …` is of a
    /// server that speaks another language: the state says what it is.
    public init(_ text: String) {
        var rest = text[...]
        line = Self.dropProgram(&rest)
        let named = line != nil || rest.startIndex != text.startIndex
        let known = Self.levels.first { rest.hasPrefix($0.word) }
        let stated = line == nil ? nil : Self.stated(rest)
        state = stated.map { String($0.state) }
        level = known?.level ?? stated.map { Self.level(ofState: $0.state) } ?? (named ? .info : .detail)
        self.text = Self.trimmed(stated?.text ?? known.map { rest.dropFirst($0.word.count) } ?? rest)
    }

    /// Finds the state in `ERROR:  42710: role "x" already exists`, whatever the first word is.
    private static func stated(_ text: Substring) -> (state: Substring, text: Substring)? {
        guard let word = text.firstRange(of: ":  ") else { return nil }
        let rest = text[word.upperBound...]
        let state = rest.prefix(5)
        guard state.utf8.count == 5, rest.dropFirst(5).hasPrefix(": "),
            state.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) })
        else { return nil }
        return (state, rest.dropFirst(7))
    }

    /// Of success and its notices, of warnings, and of errors.
    /// Source: <https://www.postgresql.org/docs/current/errcodes-appendix.html>
    private static func level(ofState state: Substring) -> Level {
        switch state.prefix(2) {
        case "00": .info
        case "01", "02": .warning
        default: .error
        }
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
