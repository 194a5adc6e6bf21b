import Diagnostics
import HTTPListener
import Subprocesses
import SystemCalls
import TestSupport

/// A certificate for this machine's loopback, made by `openssl`, that is its own authority.
struct TestCertificate {
    let certificatePath: String
    let keyPath: String

    static func make(in directory: String, name: String = "server") async throws -> TestCertificate {
        let made = TestCertificate(
            certificatePath: "\(directory)/\(name).pem", keyPath: "\(directory)/\(name).key")
        _ = try await openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=penstock test", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
            "-keyout", made.keyPath, "-out", made.certificatePath,
        ])
        return made
    }

    var certificate: [UInt8] { get throws { try Files.contents(of: certificatePath) } }
    var key: [UInt8] { get throws { try Files.contents(of: keyPath) } }

    var identity: TLSIdentity {
        get throws { try TLSIdentity(certificate: certificate, key: Secret(key)) }
    }

    /// Runs `openssl` and answers what it wrote, and how it ended.
    static func openssl(_ arguments: [String]) async throws -> (output: String, status: ExitStatus) {
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
