import AzureIdentity
import BlobServer
import BlobStorage
import ByteStreams
import CommandLineKit
import Diagnostics
import DirectoryStore
import FoundationEssentials
import HTTPListener
import SystemCalls

/// `penstock serve`: the embedded blob server.
enum ServeCommand {
    static let data = Option(required: "data", .directory("DIRECTORY"), help: "where the blobs are kept")
    static let host = Option("host", .text("HOST"), default: "127.0.0.1", help: "the address to listen on")
    static let port = Option(
        "port", .wholeNumber("PORT", from: 0, to: 65535), default: 10000, help: "the port; 0 picks a free one")
    static let account = Option(
        "account", .text("NAME"), shownDefault: "\(SharedKey.emulatorAccount), on loopback only",
        help: "the name of the account")
    static let keyFile = Option(
        "account-key-file", .file(),
        help:
            "a file with the account's key in Base64, readable by its owner only; PENSTOCK_ACCOUNT_KEY can hold the key instead"
    )

    static let command = Command<World>(
        "serve", summary: "Serve blobs from a local directory over HTTP",
        discussion: """
            Publishes a directory as a service that clients of Azure's block blobs can use, with Shared Key and SAS. \
            The location to use is printed on standard output once it listens. What was acknowledged is on the disk. \
            An interrupt ends it, after the requests under way or ten seconds.

            Without --account the emulator's well-known account and key are used, which everybody knows: on loopback only.
            """,
        examples: [
            Example("penstock serve --data /var/lib/penstock", "serve the emulator's account on port 10000"),
            Example("penstock serve --data ./store --port 0", "serve on a free port and print it"),
        ],
        options: [data, host, port, account, keyFile], seeAlso: ["container create", "upload"]
    ) { arguments, world in
        let reporter = Reporter(arguments, console: world.console, environment: world.environment)
        let (name, key) = try accountKey(arguments, world)
        try await withDirectory(arguments[data], world) { directory in
            let server = BlobServer(
                accounts: [name: PublishedAccount(directory, keys: [key])], log: reporter.log, clock: world.now,
                random: { .random(in: .min ... .max) })
            try await withHTTPListener(host: arguments[host], port: arguments[port]) { request, body in
                await server.respond(to: request, body: &body)
            } body: { address in
                let location = "http://\(address)/\(name)"
                if reporter.isJSON {
                    try world.console.json(["type": "serve", "location": location])
                } else {
                    try world.console.line(location)
                }
                reporter.say("serving \(directory.path) until interrupted")
                await untilCancelled()
            }
        }
        return .done
    }

    private static func withDirectory(
        _ path: String, _ world: World, _ body: (DirectoryAccount) async throws -> Void
    ) async throws {
        let now = world.now
        try await withResource {
            try await DirectoryAccount.open(
                path: path, access: .exclusive, clock: now, random: { .random(in: .min ... .max) })
        } release: { directory in
            try await directory.close()
        } body: { directory in
            try await body(directory)
        }
    }

    private static func accountKey(
        _ arguments: ParsedArguments, _ world: World
    ) throws -> (name: String, key: SharedKey) {
        guard let name = arguments[account] else {
            guard !arguments.isGiven(keyFile) else { throw arguments.refusal("--account-key-file needs --account") }
            guard ListenerAddress(host: arguments[host], port: 0).isLoopback else {
                throw arguments.refusal(
                    "the emulator's key is known to everybody; beyond loopback give --account with a key of its own")
            }
            return (SharedKey.emulatorAccount, try SharedKey.emulator())
        }
        return (name, try SharedKey(account: name, base64Key: keyText(arguments, world)))
    }

    private static func keyText(_ arguments: ParsedArguments, _ world: World) throws -> String {
        if let path = arguments[keyFile] {
            guard try Files.permissions(of: path) & 0o077 == 0 else {
                throw arguments.refusal("\(path) can be read by others; take that away with `chmod 600`")
            }
            let text = String(decoding: try Files.contents(of: path, limit: 4096), as: UTF8.self)
            return String(text.prefix { !$0.isNewline })
        }
        guard let key = world.environment["PENSTOCK_ACCOUNT_KEY"], !key.isEmpty else {
            throw arguments.refusal("--account needs a key: --account-key-file or PENSTOCK_ACCOUNT_KEY")
        }
        return key
    }

    /// Waits for the task to be cancelled.
    private static func untilCancelled() async {
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
    }
}

extension ListenerAddress {
    /// True if only this machine can reach it.
    fileprivate var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
