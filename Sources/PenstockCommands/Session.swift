import AzureBlobs
import AzureIdentity
import BlobStorage
import ByteStreams
import CommandLineKit
import Diagnostics
import DirectoryStore
import FoundationEssentials
import HTTPMessages
import HTTPTransport
import SystemCalls

/// One run of one command: how it speaks, what it may use, and the way to the stores.
struct Session: Sendable {
    let arguments: ParsedArguments
    private(set) var world: World
    let reporter: Reporter
    let budget: TransferBudget
    /// The memory of all blocks of the process.
    let pool: BlockPool
    let meter = TransferMeter()
    /// What all transfers of the run pass.
    let gate: TransferGate
    /// The identity of Entra ID, once it was looked for; one for the whole run, so that its tokens are kept.
    private(set) var identity = FoundOnce()
    /// What was read from vaults.
    let secrets = KeptSecrets()
    /// True if the options that choose credentials are about another session.
    private(set) var ignoresCredentialOptions = false

    /// - Parameters:
    ///   - aside: Memory that compressing takes.
    ///   - streams: How many streams the command stages at once.
    init(
        _ arguments: ParsedArguments, _ world: World, aside: ByteCount = ByteCount(0), streams: Int = 1
    ) throws {
        self.arguments = arguments
        self.world = world
        reporter = Reporter(arguments, console: world.console, environment: world.environment)
        budget = try TransferBudget(
            memory: arguments[GlobalOptions.memory], aside: aside, concurrency: arguments[GlobalOptions.concurrency],
            streams: streams)
        pool = BlockPool(budget: budget.blocks)
        gate = TransferGate(
            budget.depth, bandwidth: arguments[GlobalOptions.bandwidth], clock: ContinuousClock())
    }

    /// The same run with credentials of another environment, where the options that choose them do not count.
    func speaking(for environment: [String: String]) -> Session {
        var session = self
        session.world = World(
            environment: environment, console: world.console, now: world.now, hostName: world.hostName)
        session.identity = FoundOnce()
        session.ignoresCredentialOptions = true
        return session
    }

    func newToken() -> UploadToken {
        var generator = SystemRandomNumberGenerator()
        return UploadToken(using: &generator)
    }

    func uploader(to store: any BlobStore, computesDigests: Bool) -> Uploader {
        Uploader(
            store: store, pool: pool, schedule: budget.schedule, meter: meter, computesDigests: computesDigests,
            window: { [gate] in gate.window })
    }

    func downloader(from store: any BlobStore) -> Downloader {
        Downloader(store: store, pool: pool, budget: budget, meter: meter, window: { [gate] in gate.window })
    }
}
