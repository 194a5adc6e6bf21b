import ByteStreams
import CommandLineKit
import Diagnostics
import FoundationEssentials
import SystemCalls

/// `penstock explain`: what an error code means, and what to do about it.
enum ExplainCommand {
    /// Nothing of it is ever shown again: a pasted line may hold a signature or a token.
    static let text = Argument(
        many: "TEXT", ValueFormat<String>("TEXT", wants: "a code, or text with codes") { $0 }.secret(),
        help: "a code, or the whole line, XML or JSON of an error; without it, standard input")

    static let command = Command<World>(
        "explain", summary: "Say what an error code means, and what to do about it",
        discussion: """
            Knows the codes of the blob service, of Entra ID, of the resource manager, of Key Vault and of PostgreSQL, \
            and those of penstock itself. Of a whole error, pasted as it is, the codes in it are found; nothing else of \
            it is shown. What holds a signature is better piped: other users see the words of a command line.
            """,
        examples: [
            Example("penstock explain AuthorizationPermissionMismatch", "explain one code"),
            Example(#"penstock explain "ERROR:  28P01: password authentication failed""#, "explain a pasted line"),
            Example("penstock explain < error.xml", "explain the codes in an answer of a service"),
        ],
        arguments: [text], options: [], seeAlso: ["whoami", "check account"]
    ) { arguments, world in
        let words = arguments[text]
        let given = words.isEmpty ? try await standardInput(arguments) : words.joined(separator: " ")
        let found = CodeFinder(given)
        guard !found.entries.isEmpty else { throw ExplainError(near: found.near, holdsRequestID: found.holdsRequestID) }
        guard !arguments[GlobalOptions.json] else {
            for entry in found.entries { try world.console.json(ExplainedCode(entry)) }
            return .done
        }
        try world.console.line(found.entries.map(\.page).joined(separator: "\n\n"))
        return .done
    }

    /// No error that is worth explaining is longer.
    private static let limit = 1 << 20

    private static func standardInput(_ arguments: ParsedArguments) async throws -> String {
        let input = try Descriptor.standardInput()
        guard !input.isTerminal else { throw arguments.refusal("explain needs a code, or text on standard input") }
        var source = DescriptorSource(input, on: ThreadPool(name: "text", width: 1))
        var bytes: [UInt8] = []
        while bytes.count < limit {
            let piece = try await [UInt8].filled(capacity: 64 << 10) { try await source.read(into: &$0) }
            if piece.isEmpty { break }
            bytes += piece
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// An entry as `--json` has it.
private struct ExplainedCode: Encodable {
    let type = "explanation"
    let code: String
    let family: String
    let meaning: String
    let causes: [String]
    let commands: [String]
    let advice: String?

    init(_ entry: ErrorEntry) {
        code = entry.code
        family = entry.family.rawValue
        meaning = entry.meaning
        causes = entry.causes
        commands = entry.commands
        advice = entry.advice.isEmpty ? nil : entry.advice
    }
}

extension ErrorEntry {
    /// As a person reads it, without a final line break.
    fileprivate var page: String {
        var lines = ["\(code) (\(family.rawValue)): \(meaning)"]
        if !causes.isEmpty { lines += ["", "Likely causes:"] + causes.map { "  - \($0)" } }
        if !advice.isEmpty { lines += ["", advice] }
        if !commands.isEmpty { lines += ["", "Commands:"] + commands.map { "  \($0)" } }
        return lines.joined(separator: "\n")
    }
}

/// Text in which no code was found; quotes nothing of it.
struct ExplainError: ExplainedError {
    let near: [String]
    let holdsRequestID: Bool

    var code: String { "explain.unknown" }
    var summary: String {
        holdsRequestID
            ? "the text has the id of a request and no code that is known"
            : "no code that is known was found in the text"
    }
    var remedy: String? {
        if !near.isEmpty { return "Perhaps you mean \(near.map { "`\($0)`" }.joined(separator: " or "))." }
        return holdsRequestID
            ? "Copy the line with the code, too: what an id stands for, only the service's support can look up."
            : "`docs/reference/errors.md` lists the codes that are known."
    }
    var exitCode: ExitCode { .notFound }
}
