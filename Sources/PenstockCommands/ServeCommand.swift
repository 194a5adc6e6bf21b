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
    static let data = Option("data", .directory("DIRECTORY"), help: "where the blobs are kept")
    static let discard = Option(
        flag: "discard", help: "keep no bytes, only names and sizes; reads give zeros; for measuring clients")
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

    static let certificate = Option(
        "tls-certificate", .file(), help: "speak TLS only, proved by this certificate and its chain, in PEM form")
    static let tlsKey = Option(
        "tls-key", .file(), help: "the certificate's private key in PEM form, readable by its owner only")
    static let faults = Option(
        "faults", .file(), help: "let requests go wrong by this plan, for testing clients")

    static let command = Command<World>(
        "serve", summary: "Serve blobs from a local directory over HTTP or HTTPS",
        discussion: """
            Publishes a directory as a service that clients of Azure's block blobs can use, with Shared Key and SAS. \
            The location to use is printed on standard output once it listens. What was acknowledged is on the disk. \
            An interrupt ends it, after the requests under way or ten seconds.

            With --discard it keeps names and sizes in memory and no bytes, and with --faults it is late, slow or wrong \
            by a plan that can be repeated: the stage for measuring and testing clients.

            Without --account the emulator's well-known account and key are used, which everybody knows: on loopback only.
            """,
        examples: [
            Example("penstock serve --data /var/lib/penstock", "serve the emulator's account on port 10000"),
            Example("penstock serve --data ./store --port 0", "serve on a free port and print it"),
            Example("penstock serve --data ./store --tls-certificate cert.pem --tls-key key.pem", "serve over HTTPS"),
            Example("penstock serve --discard --faults plan.json", "test a client against a bad day"),
        ],
        options: [data, discard, host, port, account, keyFile, certificate, tlsKey, faults],
        rules: [
            .exactlyOne([data, discard]), .option(certificate, needs: tlsKey), .option(tlsKey, needs: certificate),
        ],
        seeAlso: ["container create", "upload"]
    ) { arguments, world in
        let reporter = Reporter(arguments, console: world.console, environment: world.environment)
        let (name, key) = try accountKey(arguments, world)
        let identity = try identity(arguments)
        let plan = try arguments[faults].map { try ServerFaultPlan(json: Files.contents(of: $0)) }
        // A connection is a descriptor, and so is each blob that is being read or written.
        OpenFiles.raiseLimit()
        try await withAccount(arguments, world) { blobs in
            let server = BlobServer(
                accounts: [name: PublishedAccount(blobs.account, keys: [key])], log: reporter.log, clock: world.now,
                random: { .random(in: .min ... .max) })
            try await withHTTPListener(
                host: arguments[host], port: arguments[port], identity: identity, handler: handler(server, plan)
            ) { address in
                let location = "\(identity == nil ? "http" : "https")://\(address)/\(name)"
                if reporter.isJSON {
                    try world.console.json(["type": "serve", "location": location])
                } else {
                    try world.console.line(location)
                }
                reporter.say("serving \(blobs.origin) until interrupted")
                await untilCancelled()
            }
        }
        return .done
    }

    /// What is published, and what the person is told of it.
    private struct Blobs {
        let account: any BlobAccount
        let origin: String
    }

    private static func withAccount(
        _ arguments: ParsedArguments, _ world: World, _ body: (Blobs) async throws -> Void
    ) async throws {
        let now = world.now
        guard let path = arguments[data] else {
            let account = MemoryAccount(clock: now, random: { .random(in: .min ... .max) }, keepsBytes: false)
            return try await body(Blobs(account: account, origin: "and forgetting all bytes"))
        }
        try await withResource {
            try await DirectoryAccount.open(
                path: path, access: .exclusive, clock: now, random: { .random(in: .min ... .max) })
        } release: { directory in
            try await directory.close()
        } body: { directory in
            try await body(Blobs(account: directory, origin: directory.path))
        }
    }

    private static func handler(_ server: BlobServer, _ plan: ServerFaultPlan?) -> ListenerHandler {
        guard let plan else { return { await server.respond(to: $0, body: &$1) } }
        let faulty = FaultyServer(server, plan: plan, clock: ContinuousClock())
        return { await faulty.respond(to: $0, body: &$1) }
    }

    private static func identity(_ arguments: ParsedArguments) throws -> TLSIdentity? {
        guard let certificate = arguments[certificate], let key = arguments[tlsKey] else { return nil }
        try refuseShared(key, arguments)
        return try TLSIdentity(
            certificate: Files.contents(of: certificate), key: Secret(Files.contents(of: key, limit: 64 << 10)))
    }

    private static func refuseShared(_ path: String, _ arguments: ParsedArguments) throws {
        guard try Files.permissions(of: path) & 0o077 == 0 else {
            throw arguments.refusal("\(path) can be read by others; take that away with `chmod 600`")
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
            try refuseShared(path, arguments)
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
