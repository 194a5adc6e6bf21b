import ByteStreams
public import Subprocesses
import SystemCalls

/// A certificate for this machine's loopback, made by `openssl`, that is its own authority.
public struct TestCertificate: Sendable {
    public let certificatePath: String
    public let keyPath: String

    /// - Parameter names: The host names it is for, beside the address 127.0.0.1.
    public static func make(
        in directory: String, name: String = "server", names: [String] = ["localhost"]
    ) async throws -> TestCertificate {
        let alternatives = (["IP:127.0.0.1"] + names.map { "DNS:\($0)" }).joined(separator: ",")
        let made = TestCertificate(
            certificatePath: "\(directory)/\(name).pem", keyPath: "\(directory)/\(name).key")
        _ = try await openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=penstock test", "-addext", "subjectAltName=\(alternatives)",
            "-keyout", made.keyPath, "-out", made.certificatePath,
        ])
        return made
    }

    public var certificate: [UInt8] { get throws { try Files.contents(of: certificatePath) } }
    public var key: [UInt8] { get throws { try Files.contents(of: keyPath) } }

    /// Runs `openssl` and answers what it wrote, and how it ended.
    public static func openssl(_ arguments: [String]) async throws -> (output: String, status: ExitStatus) {
        let command = Command(
            executable: "/usr/bin/openssl", arguments: arguments, environment: ["PATH": "/usr/bin:/bin"])
        return try await withSubprocess(command, standardInput: .null, standardOutput: .pipe) { process in
            var output: [UInt8] = []
            while true {
                let piece = try await [UInt8].filled(capacity: 64 << 10) { buffer in
                    // A failure is told by the status.
                    try? await process.output.read(into: &buffer)
                }
                if piece.isEmpty { break }
                output += piece
            }
            return (String(decoding: output, as: UTF8.self), try await process.exitStatus())
        }
    }
}
