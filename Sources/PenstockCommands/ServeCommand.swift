import AzureIdentity
import AzureStage
import BlobServer
import ByteStreams
import CommandLineKit
import Diagnostics
import HTTPListener
import HTTPTransport
import SystemCalls

/// `penstock serve`: the embedded blob server.
enum ServeCommand {
    static let data = Option("data", .directory("DIRECTORY"), help: "where the blobs are kept")
    static let discard = Option(
        flag: "discard", help: "keep no bytes, only names and sizes; reads give zeros; for measuring clients")
    static let check = Option(flag: "check", help: "look for damage in the directory instead of serving it")
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
    static let accounts = Option(
        "accounts", .file(),
        help: "serve the accounts of this file, each in a directory of its name; changes are taken up while serving")
    static let publicAccess = Option(
        flag: "allow-public-access", help: "let containers be opened to readers without a credential")
    static let certificate = Option(
        "tls-certificate", .file(), help: "speak TLS only, proved by this certificate and its chain, in PEM form")
    static let tlsKey = Option(
        "tls-key", .file(), help: "the certificate's private key in PEM form, readable by its owner only")
    static let selfSigned = Option(
        flag: "tls-self-signed", help: "speak TLS only, with a certificate made in the directory and kept for a year")
    static let copyFrom = Option(
        "copy-from", .choice("WHERE", of: CopyScope.self), default: .own,
        help: "where the sources of copies may lie: in this server's own accounts, or wherever it can reach")
    static let azure = Option(
        flag: "azure", help: "play the part of Azure around the accounts: tokens, identities, resource manager, vaults")
    static let azureFile = Option(
        "azure-file", .file(), shownDefault: "two tenants whose secrets everybody knows",
        help: "the stage that is played, readable by its owner only")
    static let faults = Option(
        "faults", .file(), help: "let requests go wrong by this plan, for testing clients")

    /// Where the sources of copies may lie.
    enum CopyScope: String, CaseIterable, Sendable { case own, any }

    static let command = Command<World>(
        "serve", summary: "Serve blobs from a local directory over HTTP or HTTPS",
        discussion: """
            Publishes a directory as a service that clients of Azure's block blobs can use, with Shared Key and SAS. \
            The location to use is printed on standard output once it listens, one line for each account. What was \
            acknowledged is on the disk. An interrupt ends it, after the requests under way or ten seconds.

            Without --account the emulator's well-known account and key are used, which everybody knows: on loopback \
            only. With --accounts there can be many, each in DIRECTORY/NAME; the file is looked at every second, so \
            that accounts and keys come and go without a restart.

            With --tls-self-signed the certificate's path is said at the start: clients take it for `--ca-file`.

            With --check nothing is served: each fault found is a line on standard output, nothing is repaired, and \
            the exit status is 17 if there were any.

            With --discard it keeps names and sizes in memory and no bytes, and with --faults it is late, slow or wrong \
            by a plan that can be repeated: for measuring and testing clients.

            With --azure it plays the small part of Azure that clients speak to beside blobs: two tenants with applications, \
            managed identities, accounts in the resource manager whose properties take effect, roles, and vaults of \
            secrets; on loopback only. What it takes to point a client at it is said at the start. What is changed there \
            is forgotten when it ends; blobs stay.

            Copies are made of blobs of this server only: with --copy-from any, clients can have it read every URL that \
            can be reached from here, which may be more than they can reach themselves.
            """,
        examples: [
            Example("penstock serve --data /var/lib/penstock", "serve the emulator's account on port 10000"),
            Example("penstock serve --data ./store --port 0", "serve on a free port and print it"),
            Example(
                "penstock serve --data ./store --accounts accounts.json --tls-self-signed", "serve many, over HTTPS"),
            Example("penstock serve --data ./store --tls-certificate cert.pem --tls-key key.pem", "serve over HTTPS"),
            Example("penstock serve --data ./store --check", "see whether a directory is sound"),
            Example("penstock serve --discard --faults plan.json", "test a client against a bad day"),
            Example("penstock serve --data ./stage --azure --tls-self-signed", "try clients of Azure without Azure"),
        ],
        options: [
            data, discard, check, host, port, account, keyFile, accounts, publicAccess, certificate, tlsKey, selfSigned,
            copyFrom, azure, azureFile, faults,
        ],
        rules: [
            .exactlyOne([data, discard]), .option(certificate, needs: tlsKey), .option(tlsKey, needs: certificate),
            .atMostOne([certificate, selfSigned]), .option(selfSigned, needs: data), .option(check, needs: data),
            .atMostOne([account, accounts, azure]), .atMostOne([keyFile, accounts, azure]),
            .option(azureFile, needs: azure), .atMostOne([publicAccess, azure]), .atMostOne([azure, check]),
        ],
        seeAlso: ["serve account add", "container create", "upload"], subcommands: [AccountCommands.noun]
    ) { arguments, world in
        let reporter = Reporter(arguments, console: world.console, environment: world.environment)
        if arguments[check] { return try await ServeCheck.run(arguments, world, reporter) }
        let plan = try arguments[faults].map { try ServerFaultPlan(json: Files.contents(of: $0)) }
        // A connection is a descriptor, and so is each blob that is being read or written.
        OpenFiles.raiseLimit()
        try await ServeAccounts.with(arguments, world, reporter) { accounts in
            let identity = try ServeIdentity.identity(arguments, world, reporter, names: accounts.stage?.hosts ?? [])
            let copies = BlobCopies(outside: arguments[copyFrom] == .any ? sourceClient(arguments) : nil)
            let server = BlobServer(
                accounts: accounts.published, log: reporter.log, clock: world.now,
                random: { .random(in: .min ... .max) }, copies: copies)
            try await copies.run {
                try await withHTTPListener(
                    host: arguments[host], port: arguments[port], identity: identity,
                    handler: handler(server, plan, accounts.stage)
                ) { address in
                    for name in accounts.names {
                        let location = "\(identity == nil ? "http" : "https")://\(address)/\(name)"
                        if reporter.isJSON {
                            try world.console.json(["type": "serve", "location": location])
                        } else {
                            try world.console.line(location)
                        }
                    }
                    if let stage = accounts.stage {
                        try show(
                            stage, at: "\(identity == nil ? "http" : "https")://\(address)", arguments, world, reporter)
                    }
                    reporter.say("serving \(accounts.origin) until interrupted")
                    await untilCancelled(reloading: accounts.reload)
                }
            }
        }
        return .done
    }

    /// Reads sources of copies, sixteen at once.
    private static func sourceClient(_ arguments: ParsedArguments) -> CurlClient {
        CurlClient(
            width: 16,
            settings: TransportSettings(
                certificateAuthorities: arguments[GlobalOptions.certificateAuthorities],
                userAgent: "penstock/\(VersionCommand.version)"))
    }

    private static func handler(
        _ server: BlobServer, _ plan: ServerFaultPlan?, _ stage: AzureStage?
    ) -> ListenerHandler {
        let blobs = handler(server, plan)
        guard let stage else { return blobs }
        return { head, body in
            guard AzureStage.serves(head) else { return await blobs(head, &body) }
            return await stage.respond(to: head, body: &body)
        }
    }

    /// Says how clients are pointed at the stage; secrets only where everybody knows them.
    private static func show(
        _ stage: AzureStage, at base: String, _ arguments: ParsedArguments, _ world: World, _ reporter: Reporter
    ) throws {
        let variables = stage.environment(at: base, showingSecrets: arguments[azureFile] == nil)
        guard reporter.isJSON else {
            for variable in variables { reporter.say("export \(variable.name)=\(variable.value)") }
            return
        }
        try world.console.json(
            StageReport(environment: Dictionary(variables.map { ($0.name, $0.value) }) { _, last in last }))
    }

    private struct StageReport: Encodable {
        let type = "stage"
        let environment: [String: String]
    }

    private static func handler(_ server: BlobServer, _ plan: ServerFaultPlan?) -> ListenerHandler {
        guard let plan else { return { await server.respond(to: $0, body: &$1) } }
        let faulty = FaultyServer(server, plan: plan, clock: ContinuousClock())
        return { await faulty.respond(to: $0, body: &$1) }
    }

    static func refuseShared(_ path: String, _ arguments: ParsedArguments) throws {
        guard try Files.permissions(of: path) & 0o077 == 0 else {
            throw arguments.refusal("\(path) can be read by others; take that away with `chmod 600`")
        }
    }

    /// Waits for the task to be cancelled.
    private static func untilCancelled(reloading reload: (@Sendable () async -> Void)?) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: reload == nil ? .seconds(3600) : .seconds(1))
            if !Task.isCancelled { await reload?() }
        }
    }
}
