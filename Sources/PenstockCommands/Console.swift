import FoundationEssentials
import Synchronization
public import SystemCalls

/// Standard output and standard error: the first is data, the second is for people.
public final class Console: Sendable {
    private let output: Descriptor
    private let errors: Descriptor
    /// The progress line on the terminal, which everything else must first wipe.
    private let progressLine = Mutex("")

    public init(output: consuming Descriptor, errors: consuming Descriptor) {
        self.output = output
        self.errors = errors
    }

    public var errorsAreTerminal: Bool { errors.isTerminal }
    public var outputIsTerminal: Bool { output.isTerminal }

    /// Writes a line of data.
    public func line(_ text: String) throws { try data(text + "\n") }

    /// Writes data as it is.
    ///
    /// A reader that has gone away is an error, as a full disk is.
    public func data(_ text: String) throws {
        try progressLine.withLock { line in
            wipe(&line)
            try output.write(Array(text.utf8).span)
        }
    }

    /// Writes one JSON document on one line.
    public func json(_ value: some Encodable) throws { try line(Self.document(value)) }

    /// Says one JSON document on one line of standard error, for the program that listens there.
    func sayJSON(_ value: some Encodable) {
        guard let document = try? Self.document(value) else { return }
        say(document)
    }

    private static func document(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// Says something to the person.
    ///
    /// Where nobody can hear it, nothing else can be done about that.
    public func say(_ text: String) {
        progressLine.withLock { line in
            wipe(&line)
            try? errors.write(Array((text + "\n").utf8).span)
        }
    }

    /// Writes a question whose answer is typed behind it.
    func ask(_ question: String) {
        progressLine.withLock { line in
            wipe(&line)
            try? errors.write(Array(question.utf8).span)
        }
    }

    /// Shows `text` as the line that changes in place; only for terminals.
    func showProgress(_ text: String) {
        progressLine.withLock { line in
            try? errors.write(Array(("\r\u{1B}[K" + text).utf8).span)
            line = text
        }
    }

    func endProgress() { progressLine.withLock { wipe(&$0) } }

    private func wipe(_ line: inout String) {
        guard !line.isEmpty else { return }
        try? errors.write(Array("\r\u{1B}[K".utf8).span)
        line = ""
    }
}
