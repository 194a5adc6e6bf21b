import ByteStreams
import Subprocesses
import SystemCalls

/// A program that did not end with status 0, with all that it said.
struct ChildFailure: Error, CustomStringConvertible {
    let command: String
    let status: String
    let output: String
    let messages: String

    var description: String { "\(command): \(status)\n\(output)\(messages)" }
}

/// Runs a program to its end and answers what it wrote to standard output.
@discardableResult
func run(_ command: Command) async throws -> String {
    try await withSubprocess(command, standardInput: .null, standardOutput: .pipe) { process in
        var output: [UInt8] = []
        do {
            while case let piece = try await process.output.piece(), !piece.isEmpty { output += piece }
        } catch let error as SubprocessError where error.kind == .failed {
            throw ChildFailure(
                command: command.description, status: error.status?.description ?? "",
                output: String(decoding: output, as: UTF8.self), messages: error.messages)
        }
        return String(decoding: output, as: UTF8.self)
    }
}

extension ProcessOutput {
    /// The next bytes, or none at the good end.
    func piece() async throws -> [UInt8] {
        try await [UInt8].filled(capacity: 64 << 10) { try await read(into: &$0) }
    }
}
