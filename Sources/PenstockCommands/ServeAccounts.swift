import AzureIdentity
import AzureStage
import BlobServer
import BlobStorage
import ByteStreams
import CommandLineKit
import CryptoDigests
import Diagnostics
import DirectoryStore
import FoundationEssentials
import HTTPListener
import SystemCalls

/// What `penstock serve` publishes: one account, or those of a file.
struct ServeAccounts: Sendable {
    let published: PublishedAccounts
    /// Those there are at the start.
    let names: [String]
    /// What the person is told of where the blobs are.
    let origin: String
    /// To be done every second.
    var reload: (@Sendable () async -> Void)?
    /// What of Azure is played around the accounts.
    var stage: AzureStage?

    /// Opens what the arguments ask for, for as long as `body` runs.
    static func with(
        _ arguments: ParsedArguments, _ world: World, _ reporter: Reporter, _ body: (ServeAccounts) async throws -> Void
    ) async throws {
        let allowsPublicAccess = arguments[ServeCommand.publicAccess]
        let data = arguments[ServeCommand.data]
        let origin = data ?? "and forgetting all bytes"
        if arguments[ServeCommand.azure] {
            return try await withStage(arguments, world, reporter) { stage, published in
                try await body(
                    ServeAccounts(published: published, names: stage.accountNames, origin: origin, stage: stage))
            }
        }
        guard let path = arguments[ServeCommand.accounts] else {
            let (name, key) = try accountKey(arguments, world)
            return try await withResource {
                try await store(data, world)
            } release: { store in
                try await store.close()
            } body: { store in
                let account = PublishedAccount(store.account, keys: [key], allowsPublicAccess: allowsPublicAccess)
                try await body(
                    ServeAccounts(
                        published: PublishedAccounts([name: account]), names: [name], origin: origin))
            }
        }
        if let data { try refuseSingle(data, arguments) }
        let served = ServedAccounts(AccountFile(path), allowsPublicAccess: allowsPublicAccess, log: reporter.log) {
            name in
            try await store(data.map { $0 + "/" + name }, world)
        }
        try await withResource {
            served
        } release: { served in
            try await served.close()
        } body: { served in
            let names = try await served.load()
            guard !names.isEmpty else {
                throw arguments.refusal("\(path) has no accounts; `penstock serve account add` makes one")
            }
            try await body(
                ServeAccounts(
                    published: served.published, names: names, origin: origin, reload: { await served.reload() }))
        }
    }

    // MARK: - A stage

    /// Opens the accounts of a stage, each in a directory of its own.
    private static func withStage(
        _ arguments: ParsedArguments, _ world: World, _ reporter: Reporter,
        _ body: (AzureStage, PublishedAccounts) async throws -> Void
    ) async throws {
        guard ListenerAddress(host: arguments[ServeCommand.host], port: 0).isLoopback else {
            throw arguments.refusal(
                "the stage's secrets are known to everybody who can read its file; it is for loopback")
        }
        let data = arguments[ServeCommand.data]
        if let data { try refuseSingle(data, arguments) }
        let stage = try AzureStage(
            document(arguments), key: RSAPrivateKey.generate(), log: reporter.log, clock: world.now,
            random: { .random(in: .min ... .max) })
        try await withStores(stage.accountNames[...], data, world, [:]) { stores in
            var published: [String: PublishedAccount] = [:]
            for (name, store) in stores {
                stage.attach(store.account, as: name)
                published[name] = PublishedAccount(store.account, policy: stage.policy(of: name))
            }
            try await body(stage, PublishedAccounts(published))
        }
    }

    private static func document(_ arguments: ParsedArguments) throws -> StageDocument {
        guard let path = arguments[ServeCommand.azureFile] else { return .example }
        try ServeCommand.refuseShared(path, arguments)
        return try StageDocument(json: Files.contents(of: path, limit: 16 << 20), path: path)
    }

    private static func withStores(
        _ names: ArraySlice<String>, _ data: String?, _ world: World, _ open: [String: ServedStore],
        _ body: ([String: ServedStore]) async throws -> Void
    ) async throws {
        guard let name = names.first else { return try await body(open) }
        try await withResource {
            try await store(data.map { $0 + "/" + name }, world)
        } release: { store in
            try await store.close()
        } body: { store in
            try await withStores(names.dropFirst(), data, world, open.merging([name: store]) { $1 }, body)
        }
    }

    private static func store(_ path: String?, _ world: World) async throws -> ServedStore {
        let now = world.now
        guard let path else {
            let account = MemoryAccount(clock: now, random: { .random(in: .min ... .max) }, keepsBytes: false)
            return ServedStore(account: account, close: {})
        }
        let account = try await DirectoryAccount.open(
            path: path, access: .exclusive, clock: now, random: { .random(in: .min ... .max) })
        return ServedStore(account: account, close: { try await account.close() })
    }

    /// A directory that is one account's store cannot hold others.
    private static func refuseSingle(_ path: String, _ arguments: ParsedArguments) throws {
        guard DirectoryAccount.isStore(path) else { return }
        throw arguments.refusal(
            "\(path) is the store of a single account; with --accounts each has a directory of its own: move it to "
                + "NAME in an empty directory, and serve that")
    }

    // MARK: - One account

    private static func accountKey(
        _ arguments: ParsedArguments, _ world: World
    ) throws -> (name: String, key: SharedKey) {
        guard let name = arguments[ServeCommand.account] else {
            guard !arguments.isGiven(ServeCommand.keyFile) else {
                throw arguments.refusal("--account-key-file needs --account")
            }
            guard ListenerAddress(host: arguments[ServeCommand.host], port: 0).isLoopback else {
                throw arguments.refusal(
                    "the emulator's key is known to everybody; beyond loopback give --account with a key of its own")
            }
            return (SharedKey.emulatorAccount, try SharedKey.emulator())
        }
        return (name, try SharedKey(account: name, base64Key: keyText(arguments, world)))
    }

    private static func keyText(_ arguments: ParsedArguments, _ world: World) throws -> String {
        if let path = arguments[ServeCommand.keyFile] {
            try ServeCommand.refuseShared(path, arguments)
            let text = String(decoding: try Files.contents(of: path, limit: 4096), as: UTF8.self)
            return String(text.prefix { !$0.isNewline })
        }
        guard let key = world.environment["PENSTOCK_ACCOUNT_KEY"], !key.isEmpty else {
            throw arguments.refusal("--account needs a key: --account-key-file or PENSTOCK_ACCOUNT_KEY")
        }
        return try LocalSecret.value(key, of: "PENSTOCK_ACCOUNT_KEY", in: world.environment, vault: .vaultUnsupported)
    }
}

extension ListenerAddress {
    /// True if only this machine can reach it.
    fileprivate var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
