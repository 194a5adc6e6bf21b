import Subprocesses
import SystemCalls
import TestSupport

/// A `penstock serve` of this test alone, on a free port and an empty directory.
struct ServedStore: Sendable {
    /// The program under test: `PENSTOCK_BINARY`, or the one that was built with the tests.
    static let program = TestEnvironment["PENSTOCK_BINARY"] ?? Fixtures.packageRoot + "/.build/debug/penstock"

    private static let account = "interop"
    /// Base64 of 32 bytes; a key of these tests only.
    private static let key = "cGVuc3RvY2sgaW50ZXJvcGVyYWJpbGl0eSB0ZXN0cyE="

    /// Such as `http://127.0.0.1:41234/interop`.
    let endpoint: String

    /// What clients need to find the store and to be let in.
    var environment: [String: String] {
        let connection = "AccountName=\(Self.account);AccountKey=\(Self.key);BlobEndpoint=\(endpoint)"
        return [
            "AZURE_STORAGE_CONNECTION_STRING": connection, "PENSTOCK_BINARY": Self.program,
            "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1",
        ]
    }

    static func with<Output: Sendable>(
        options: [String] = [], _ body: (ServedStore) async throws -> Output
    ) async throws -> Output {
        try await withTemporaryDirectory(inMemory: true) { directory in
            let serve = Command(
                executable: program,
                arguments: ["serve", "--data", directory, "--port", "0", "--account", account, "--copy-from", "any"]
                    + options,
                environment: ["PENSTOCK_ACCOUNT_KEY": key])
            return try await withSubprocess(serve, standardInput: .null, standardOutput: .pipe) { process in
                var line = ""
                while !line.contains("\n") {
                    let piece = try await process.output.piece()
                    guard !piece.isEmpty else { throw process.failure(try await process.exitStatus()) }
                    line += String(decoding: piece, as: UTF8.self)
                }
                let output = try await body(ServedStore(endpoint: String(line.prefix { $0 != "\n" })))
                await process.stop()
                return output
            }
        }
    }

    /// Runs a program of `Tests/Interop/Python` with the SDK; answers what it printed.
    func python(_ program: String, _ arguments: String...) async throws -> String {
        let path = "\(Fixtures.packageRoot)/Tests/Interop/Python/\(program).py"
        return try await run(
            Command(
                executable: PythonEnvironment.python, arguments: [path] + arguments, environment: environment))
    }
}

/// The number in the last line of a test program, `passed N assertions`.
func assertionCount(_ output: String) -> Int? {
    guard let last = output.split(separator: "\n").last else { return nil }
    let words = last.split(separator: " ")
    guard words.count == 3, words[0] == "passed", words[2] == "assertions" else { return nil }
    return Int(words[1])
}
