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
            "CLIENTS": Fixtures.packageRoot + "/.build",
        ]
    }

    /// - Parameter options: More options of `serve`.
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

    /// A stage over TLS, whose endpoint is that of all its services.
    ///
    /// - Parameter body: Its second argument is the path of the certificate, its own authority.
    static func withStage<Output: Sendable>(
        _ body: (ServedStore, String) async throws -> Output
    ) async throws -> Output {
        try await withTemporaryDirectory(inMemory: true) { directory in
            let serve = Command(
                executable: program,
                arguments: ["serve", "--data", directory, "--port", "0", "--azure", "--tls-self-signed"],
                environment: [:])
            return try await withSubprocess(serve, standardInput: .null, standardOutput: .pipe) { process in
                var line = ""
                while !line.contains("\n") {
                    let piece = try await process.output.piece()
                    guard !piece.isEmpty else { throw process.failure(try await process.exitStatus()) }
                    line += String(decoding: piece, as: UTF8.self)
                }
                // `https://127.0.0.1:PORT/ACCOUNT`, one line for each account.
                let base = line.split(separator: "/").prefix(2).joined(separator: "//")
                let output = try await body(ServedStore(endpoint: base), directory + "/tls-certificate.pem")
                await process.stop()
                return output
            }
        }
    }

    /// A store over TLS.
    ///
    /// - Parameter body: Its second argument is the path of the certificate, its own authority, which everybody may read.
    static func withTLS<Output: Sendable>(
        _ body: (ServedStore, String) async throws -> Output
    ) async throws -> Output {
        try await withTemporaryDirectory { directory in
            let (certificate, key) = (directory + "/server.pem", directory + "/server.key")
            try await run(
                Command(
                    executable: "/usr/bin/openssl",
                    arguments: [
                        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
                        "2", "-subj", "/CN=penstock interop", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                        "-keyout", key, "-out", certificate,
                    ], environment: ["PATH": "/usr/bin:/bin"]))
            return try await with(options: ["--tls-certificate", certificate, "--tls-key", key]) { store in
                try await body(store, certificate)
            }
        }
    }

    /// Runs a program of `Tests/Interop/Python` with the SDK; answers what it printed.
    func python(_ program: String, _ arguments: String...) async throws -> String {
        try await python(program, arguments, environment: [:])
    }

    /// - Parameter more: Added to the environment, or put in place of what is there.
    func python(_ program: String, _ arguments: [String], environment more: [String: String]) async throws -> String {
        let path = "\(Fixtures.packageRoot)/Tests/Interop/Python/\(program).py"
        return try await run(
            Command(
                executable: PythonEnvironment.python, arguments: [path] + arguments,
                environment: environment.merging(more) { _, more in more }))
    }
}
