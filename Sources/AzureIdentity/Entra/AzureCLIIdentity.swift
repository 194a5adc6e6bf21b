import ByteStreams
import Diagnostics
import FoundationEssentials
import Subprocesses
import SystemCalls

/// Whoever signed in with `az login`: the command line tool is asked for a token.
struct AzureCLIIdentity: TokenIssuer {
    /// The path of `az`.
    let executable: String
    /// This process's environment; of it only what `az` needs is handed on.
    let environment: [String: String]
    let tenant: String?
    let services: IdentityServices

    var place: CredentialPlace { .azureCLI }
    var name: String { "sign-in of the Azure CLI" }
    var subject: IdentitySubject { IdentitySubject(tenant: tenant) }

    private static let patience = Duration.seconds(10)

    func issue(for audience: TokenAudience) async throws -> AccessToken {
        let resource = services.cloud.resource(for: audience)
        guard Self.isPlain(resource), tenant.map(Self.isPlain) ?? true else {
            throw IdentityError(.unavailable, name, detail: "the resource or the tenant cannot be an argument")
        }
        let command = Command(
            executable: executable,
            arguments: ["account", "get-access-token", "--output", "json", "--resource", resource]
                + (tenant.map { ["--tenant", $0] } ?? []),
            environment: environment.filter { Self.isHandedOn($0.key) })
        let output = try await run(command)
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(output)),
            TokenAnswer.isToken(answer.accessToken), let expires = answer.expires
        else { throw IdentityError(.malformedAnswer, name) }
        return AccessToken(answer.accessToken, expires: expires)
    }

    /// What `az` prints; older versions say the end in local time only, and then the token itself is asked.
    private struct Answer: Decodable {
        let accessToken: String
        let expires_on: Double?

        var expires: Date? {
            if let expires_on, (0..<253_402_300_800).contains(expires_on) {
                return Date(timeIntervalSince1970: expires_on)
            }
            return (try? JSONWebToken(accessToken))?.claims.expires
        }
    }

    private func run(_ command: Command) async throws -> [UInt8] {
        let (clock, name) = (services.clock, name)
        let answer = await withTaskGroup(of: Result<[UInt8], any Error>?.self) { group in
            group.addTask {
                do { return .success(try await Self.output(of: command)) } catch { return .failure(error) }
            }
            group.addTask {
                try? await clock.sleep(for: Self.patience)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        try Task.checkCancellation()
        guard let answer else {
            throw IdentityError(.unavailable, name, detail: "az did not answer within \(Self.patience)")
        }
        do {
            return try answer.get()
        } catch let error as SubprocessError {
            throw Self.explain(error, name)
        }
    }

    private static func output(of command: Command) async throws -> [UInt8] {
        try await withSubprocess(command, standardInput: .null, standardOutput: .pipe) { process in
            var output: [UInt8] = []
            let source = process.output
            while true {
                let piece = try await [UInt8].filled(capacity: 64 << 10) { try await source.read(into: &$0) }
                guard !piece.isEmpty, output.count < TokenAnswer.limit else { return output }
                output += piece
            }
        }
    }

    /// Whoever has not signed in may have another identity; what else went wrong is told, too, and passed over.
    private static func explain(_ error: SubprocessError, _ name: String) -> IdentityError {
        let isSignedOut = error.messages.contains("az login")
        return IdentityError(
            .unavailable, name, detail: isSignedOut ? "nobody has signed in with `az login`" : error.summary,
            signInCode: SignInCode(in: error.messages), cause: isSignedOut ? nil : error)
    }

    /// Letters, digits and what resources and tenants consist of, and no option.
    private static func isPlain(_ text: String) -> Bool {
        !text.isEmpty && !text.hasPrefix("-")
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: ".-:/_".utf8.contains(byte)
                }
            }
    }

    /// What a program in Python that speaks to the authority needs; nothing that belongs to storage or to PostgreSQL.
    private static func isHandedOn(_ variable: String) -> Bool {
        let exact: Set<String> = [
            "PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "AZURE_CONFIG_DIR",
            "AZURE_EXTENSION_DIR", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY",
            "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
        ]
        return exact.contains(variable) || ["LC_", "XDG_", "AZURE_CORE_"].contains { variable.hasPrefix($0) }
    }
}
