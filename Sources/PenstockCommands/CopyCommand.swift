import AzureBlobs
import AzureIdentity
import BlobStorage
import CommandLineKit
import Diagnostics

/// `penstock copy`: blobs, folders and recovery points to another place.
enum CopyCommand {
    static let source = Argument(
        "SOURCE", CommonOptions.locationFormat, help: "a blob, a recovery point, or a folder: a slash at its end")
    static let destination = Argument(
        "DESTINATION", CommonOptions.locationFormat, help: "a folder, or for a single blob its new name")
    static let mode = Option(
        "mode", .choice("MODE", of: CopyMode.self), default: .auto,
        help: "from service to service, through this machine, or the first that is possible")
    static let grant = Option(
        "source-grant", .choice("FORM", of: SourceGrants.Form.self), default: .auto,
        help: "how an identity lets the destination's service in to the source")
    static let sourceAuth = Option(
        "source-auth", .choice("KIND", of: CredentialKind.self), shownDefault: "as --auth",
        help: "the one kind of credential to use for the source")
    static let tier = Option(
        "tier", ValueFormat<AccessTier>("TIER", wants: "hot, cool, cold or archive") { AccessTier($0) },
        shownDefault: "the source's", help: "the access tier of the copies")
    static let blockSize = Option(
        "block-size", .byteCount(atLeast: ByteCount(CopyLayout.smallestBlock)), shownDefault: "by --memory",
        help: "bytes that are copied by one request")

    static let command = Command<World>(
        "copy", summary: "Copy blobs or a recovery point to another place, account or tenant",
        discussion: """
            Writes new blobs at the destination, never over others; the source is only read. A SOURCE that ends in a \
            slash, or is a container, is copied with all that is under it; else it is a blob, or a recovery point, of \
            which everything that its manifest names is copied, then the manifest, and last the marker.

            The destination's service fetches the bytes from the source's by itself, in blocks; none go through this \
            machine. It is let in by the SAS in SOURCE, by one that is made for each request with the account key or, \
            for an identity, with a user delegation key, or by the identity's token. Where a rule of either account \
            forbids that, the bytes go through this machine, and the reason is said.

            A copy is committed only if all its blocks are there and the source has not changed, and is then compared \
            with it. Run the same again after an interruption: blocks and blobs that are there are not copied again.

            Credentials of the destination are found as ever. For a source with another credential, put it into SOURCE \
            as a SAS, or set variables that begin with PENSTOCK_SOURCE_, such as PENSTOCK_SOURCE_AZURE_STORAGE_KEY or \
            PENSTOCK_SOURCE_AZURE_CLIENT_ID; --auth, --identity and --cloud are of the destination then.
            """,
        examples: [
            Example(
                "penstock copy az://backups/nightly/db1_20260131T020304Z "
                    + "https://other.blob.core.windows.net/backups/nightly/", "copy a recovery point to another account"
            ),
            Example(
                "penstock copy az://backups/nightly/ az://archive/ --tier cool --dry-run", "see what would be copied"),
        ],
        arguments: [source, destination],
        options: [
            mode, grant, sourceAuth, tier, blockSize, CommonOptions.createContainer, CommonOptions.dryRun,
        ],
        seeAlso: ["whoami", "verify", "blob list"]
    ) { arguments, world in
        let session = try Session(arguments, world)
        let sources = session.forSource(arguments[sourceAuth]?.rawValue)
        let (from, to) = (arguments[source], arguments[destination])
        let isDryRun = arguments[CommonOptions.dryRun]
        let creates = arguments[CommonOptions.createContainer] && !isDryRun
        try await sources.withContainer(at: from) { opened in
            try await session.withContainer(at: to, creating: creates) { target in
                let ends = try await CopyEnds(from: from, opened, to: to, target, sources, session)
                try await session.copy(between: ends, isDryRun: isDryRun)
            }
        }
        return .done
    }
}

extension Session {
    fileprivate func copy(between ends: CopyEnds, isDryRun: Bool) async throws {
        if case .server = ends.way { try await ends.remote?.prepare() }
        let plan = try await plan(between: ends)
        let output = CopyOutput(session: self, ends: ends)
        guard !isDryRun else { return try output.show(plan) }
        let (clock, reporter) = (ContinuousClock(), reporter)
        let started = clock.now
        output.announce(plan)
        warnOfCredentialEnd(at: ends.target.place, moving: plan.bytes)
        let copier = BlobCopier(
            from: ends.source.store, to: ends.target.store, remote: ends.remote, tier: arguments[CopyCommand.tier],
            pool: pool, meter: meter, width: budget.concurrency, window: { [gate] in gate.window },
            fallsBack: { reporter.warn("the bytes go through this machine, because \($0)") })
        try await withProgress("copy", total: plan.bytes) {
            try await copier.run(plan) { try output.tell($0) }
        }
        try output.end(plan, copier, in: clock.now - started)
    }
}
