/// What libpq says about a connection that was not made.
///
/// libpq keeps the SQLSTATE of such an error to itself, but writes it into the text when it is asked to be verbose
/// (`FATAL:  28P01: …`), whatever language the server speaks. Its own messages are in English, because this program
/// never sets a locale.
enum ConnectionMessage {
    /// - Parameter needsPassword: What `PQconnectionNeedsPassword` says.
    static func error(_ text: String, needsPassword: Bool) -> PostgresError {
        let lines = text.split(whereSeparator: \.isNewline).map(trim).filter { !$0.isEmpty }
        for line in lines.reversed() {
            guard let (state, message) = sqlState(in: line) else { continue }
            let detail = lines.first { $0.hasPrefix("DETAIL:") }.map { trim($0.dropFirst(7)) }
            let hint = lines.first { $0.hasPrefix("HINT:") }.map { trim($0.dropFirst(5)) }
            return PostgresError(
                kind: PostgresError.Kind(sqlState: state, connecting: true), sqlState: state, message: message,
                detail: detail, hint: hint)
        }
        let message = lines.isEmpty ? "no reason was given" : lines.joined(separator: "; ")
        if needsPassword { return PostgresError(kind: .authenticationFailed, message: message) }
        if isAboutSettings(message) {
            return PostgresError(kind: .badSettings, message: withoutQuotedText(message))
        }
        return PostgresError(kind: .unreachable, message: message)
    }

    /// What libpq says when a connection ends while it is used: the server's last words if it had any.
    static func lost(_ text: String) -> PostgresError {
        let lines = text.split(whereSeparator: \.isNewline).map(trim)
        let last = lines.lazy.compactMap(sqlState).first
        return PostgresError(
            kind: .connectionLost, sqlState: last?.state,
            message: last?.message ?? lines.first { !$0.isEmpty } ?? "no reason was given")
    }

    /// `28P01` and the words after it, from a line that contains `SEVERITY:  28P01: words`.
    private static func sqlState(in line: String) -> (state: String, message: String)? {
        let parts = line.split(separator: ":  ", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        let state = parts[1].prefix(5)
        let isState = state.utf8.allSatisfy { (48...57).contains($0) || (65...90).contains($0) }
        guard state.utf8.count == 5, isState, parts[1].dropFirst(5).hasPrefix(": ") else { return nil }
        return (String(state), trim(parts[1].dropFirst(7)))
    }

    private static func isAboutSettings(_ message: String) -> Bool {
        let beginnings = [
            "invalid ", "missing \"", "missing key", "unterminated quoted", "definition of service", "service file",
            "syntax error in service file", "could not match ", "unexpected character", "end of string reached",
            "unexpected spaces", "extra key/value", "forbidden value", "URI ",
        ]
        return beginnings.contains { message.hasPrefix($0) }
    }

    /// Takes out what libpq quotes from the settings: it can be the part of a URI that holds the password.
    private static func withoutQuotedText(_ message: String) -> String {
        let parts = message.split(separator: "\"", omittingEmptySubsequences: false)
        return parts.enumerated().map { $0.offset % 2 == 0 || $0.element.count < 2 ? String($0.element) : "…" }
            .joined(separator: "\"")
    }

    private static func trim(_ text: some StringProtocol) -> String {
        let start = text.drop { $0.isWhitespace }
        return String(start.reversed().drop { $0.isWhitespace }.reversed())
    }
}
