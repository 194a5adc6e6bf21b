import CommandLineKit
import Diagnostics
import FoundationEssentials

/// How this run speaks: what `--quiet`, `--verbose`, `--json` and `--color` make of messages.
struct Reporter: Sendable {
    let console: Console
    let isJSON: Bool
    let progress: ProgressStyle
    private let isQuiet: Bool
    private let isVerbose: Bool
    private let isColored: Bool

    init(_ arguments: ParsedArguments, console: Console, environment: [String: String]) {
        self.console = console
        isJSON = arguments[GlobalOptions.json]
        isQuiet = arguments[GlobalOptions.quiet]
        isVerbose = arguments[GlobalOptions.verbose]
        let terminal = console.errorsAreTerminal && environment["TERM"] != "dumb"
        progress = ProgressStyle(arguments, isTerminal: terminal, isQuiet: isQuiet)
        isColored =
            switch arguments[GlobalOptions.color] {
            case .always: true
            case .never: false
            case .auto: terminal && (environment["NO_COLOR"] ?? "").isEmpty
            }
    }

    enum ProgressStyle: Sendable {
        case none
        /// A line that changes in place.
        case line
        /// Lines of JSON.
        case json

        fileprivate init(_ arguments: ParsedArguments, isTerminal: Bool, isQuiet: Bool) {
            switch arguments[GlobalOptions.progress] {
            case _ where arguments[GlobalOptions.noProgress] || isQuiet: self = .none
            case .never: self = .none
            case .json: self = .json
            case .always: self = .line
            case .auto: self = isTerminal ? .line : .none
            }
        }
    }

    /// A message to the person, unless they want none.
    func say(_ text: String) {
        if !isQuiet { console.say(text) }
    }

    func warn(_ text: String) { say(colored("warning:", "33") + " " + text) }

    /// An error in full: with `--json` as an object with a `type` on standard error, so that programs need not read prose.
    func report(_ error: any Error) {
        let explanation = Explanation(error)
        guard !isJSON else { return reportJSON(explanation) }
        let text = explanation.text
        let rest = text.dropFirst("error:".count)
        console.say(colored("error:", "31") + rest)
    }

    /// Where the modules below tell their story.
    var log: Log {
        Log { entry in
            guard entry.level == .warning ? !isQuiet : isVerbose else { return }
            let facts = entry.metadata.map { " \($0)=\($1)" }.joined()
            let label = entry.level == .warning ? colored("warning:", "33") + " " : ""
            console.say(label + entry.message + facts)
        }
    }

    private func reportJSON(_ explanation: Explanation) {
        struct Report: Encodable {
            let type = "error"
            let code: String
            let message: String
            let causes: [String]
            let hints: [String]
            let exit: Int32
        }
        let report = Report(
            code: explanation.code, message: explanation.summary, causes: explanation.causes,
            hints: explanation.remedies, exit: explanation.exitCode.rawValue)
        console.sayJSON(report)
    }

    private func colored(_ text: String, _ color: String) -> String {
        isColored ? "\u{1B}[1;\(color)m\(text)\u{1B}[0m" : text
    }
}
