public import BackupCatalog
public import BackupModel
public import BlobStorage
import ByteStreams
import Diagnostics
import FoundationEssentials
import HTTPMessages
import PostgresClient
import PostgresTools
import Subprocesses

/// Carries out a dump: stages everything, and makes it visible when all of it is proved complete.
///
/// The order is the law: every archive staged and proved; every blob committed, create-only; the manifest; the marker.
public struct Dumper: Sendable {
    private let plan: DumpPlan
    private let surroundings: Surroundings
    private let catalog: RecoveryPointCatalog
    private let uploader: Uploader
    private let token: UploadToken
    private let packing: PackingBudget
    private let contentsLimit: Int
    private let withdrawalTime: Duration
    private let clock: any Clock<Duration>

    /// - Parameters:
    ///   - uploader: One that computes digests.
    ///   - packing: What compressing may take.
    ///   - contentsLimit: The largest table of contents of an archive, in bytes; it is held in memory.
    ///   - withdrawalTime: How long a dump that fails among its commits may take to remove what it committed, in all.
    ///   - clock: For that time.
    public init(
        _ plan: DumpPlan, in surroundings: Surroundings, catalog: RecoveryPointCatalog, uploader: Uploader,
        token: UploadToken, packing: PackingBudget, contentsLimit: Int, withdrawalTime: Duration,
        clock: any Clock<Duration>
    ) {
        self.plan = plan
        self.surroundings = surroundings
        self.catalog = catalog
        self.uploader = uploader
        self.token = token
        self.packing = packing
        self.contentsLimit = contentsLimit
        self.withdrawalTime = withdrawalTime
        self.clock = clock
    }

    /// Dumps, and answers the manifest of the recovery point that now exists.
    ///
    /// Throws ``DumpError``, `BlobStoreError`, `CatalogError` or `CancellationError`; then there is no marker. What was
    /// committed before a failure of the store is removed again, as far as the store allows within `withdrawalTime`;
    /// a cancellation cuts that short.
    public func run() async throws -> Manifest {
        try await catalog.requireUnused(plan.name)
        let scripts = GlobalScripts(plan: plan, surroundings: surroundings)
        let rolesBefore = try await scripts.roles()
        let (dumps, schemas) = try await withPackingLine { try await dumpDatabases(scripts, line: $0) }
        let rolesAfter = try await scripts.roles()
        let roles = try await stage(rolesAfter, as: .roles)
        let tablespaces = try await stage(scripts.tablespaces(), as: .tablespaces)
        var warnings = plan.warnings
        if GlobalScripts.comparable(rolesBefore) != GlobalScripts.comparable(rolesAfter) {
            warnings.append("the roles changed while the databases were dumped; those after the dump are kept")
        }
        let manifest = manifest(dumps, roles: roles, tablespaces: tablespaces, schemas: schemas, warnings: warnings)
        try await makeVisible(
            dumps, scripts: [(.roles, roles), (.tablespaces, tablespaces), (.schemas, schemas)], manifest)
        return manifest
    }

    /// A database that is staged; its table of contents is let go of, since there may be many databases.
    private struct StagedDatabase {
        let staged: StagedBlob
        let manifest: Manifest.Database
    }

    /// Runs `body` with what packs archives, if that is the gateway.
    private func withPackingLine<Output: Sendable>(
        _ body: @Sendable (PackingLine?) async throws -> Output
    ) async throws -> Output {
        switch plan.compression {
        case .packed(let method):
            return try await PackingLine.run(method: method, budget: packing) { try await body($0) }
        case .none where plan.jobs > 1:
            return try await PackingLine.run(method: nil, budget: packing) { try await body($0) }
        case .none, .tool: return try await body(nil)
        }
    }

    private func dumpDatabases(
        _ scripts: GlobalScripts, line: PackingLine?
    ) async throws -> ([StagedDatabase], StagedBlob) {
        var dumps: [StagedDatabase] = []
        var schemas = StagedBlob(name: try blob(.schemas), token: token)
        for item in plan.items {
            let name = item.database.name
            surroundings.log.info("dumping database", ["database": name])
            let dump = try await DatabaseDump.make(
                of: item, as: blob(.database(name)), token: token, plan: plan, in: surroundings,
                uploader: uploader, line: line, contentsLimit: contentsLimit, clock: clock)
            do {
                schemas = try await scripts.stageSchema(of: dump, into: schemas, by: uploader)
            } catch let error as SubprocessError {
                throw DumpError(.failed, database: name, cause: error)
            }
            let age = surroundings.now().timeIntervalSince(dump.taken)
            surroundings.log.info(
                "database staged",
                ["database": name, "bytes": "\(dump.staged.size)", "snapshot-seconds": "\(Int(max(0, age)))"])
            dumps.append(StagedDatabase(staged: dump.staged, manifest: dump.manifest))
        }
        return (dumps, schemas)
    }

    private func stage(_ script: [UInt8], as part: SetLayout.Part) async throws -> StagedBlob {
        var staged = StagedBlob(name: try blob(part), token: token)
        try await uploader.stage(MemorySource(script), into: &staged)
        return staged
    }

    private func blob(_ part: SetLayout.Part) throws -> BlobName { try catalog.layout.blob(of: part, of: plan.name) }

    /// Commits everything, then writes the manifest and the marker.
    private func makeVisible(
        _ dumps: [StagedDatabase], scripts: [(part: SetLayout.Part, staged: StagedBlob)], _ manifest: Manifest
    ) async throws {
        try Task.checkCancellation()
        let manifestBlob = try blob(.manifest)
        var asked: [BlobName] = []
        let marker: Marker
        do {
            for (staged, attributes) in blobs(dumps, scripts) {
                asked.append(staged.name)
                _ = try await uploader.commit(staged, attributes: attributes, if: .absent)
            }
            asked.append(manifestBlob)
            marker = try await catalog.write(manifest, of: plan.name, token: token)
        } catch {
            await withdraw(asked)
            throw error
        }
        // From here on nothing is taken back: a marker whose answer was lost may still come to be.
        try await catalog.write(marker, for: manifest, token: token)
        surroundings.log.info("recovery point published", ["name": plan.name.text])
    }

    private func blobs(
        _ dumps: [StagedDatabase], _ scripts: [(part: SetLayout.Part, staged: StagedBlob)]
    ) -> [(StagedBlob, BlobAttributes)] {
        dumps.map { dump in
            let name = dump.manifest.name
            var metadata = PartMark.metadata(of: .database(name))
            metadata["penstock_database"] = PercentCoding.encode(name)
            let type = plan.format == .plain ? "application/sql" : "application/octet-stream"
            return (dump.staged, BlobAttributes(contentType: type, metadata: metadata))
        }
            + scripts.map { script in
                let metadata = PartMark.metadata(of: script.part)
                return (script.staged, BlobAttributes(contentType: "application/sql", metadata: metadata))
            }
    }

    /// Removes what this dump made visible, so that its name can be used again.
    ///
    /// The last of `asked` may have been written although its answer was lost. What could not be removed in time is named
    /// in the log: it is an orphan, which the next dump names, too.
    private func withdraw(_ asked: [BlobName]) async {
        let left = await Withdrawal(from: catalog.store, of: token, within: withdrawalTime, on: clock).run(asked).left
        guard !left.isEmpty else { return }
        let names = left.map(\.text).joined(separator: ", ")
        surroundings.log.warning(
            "blobs of this dump could not be taken back; `penstock orphans` lists and removes them", ["blobs": names])
    }

    private func manifest(
        _ dumps: [StagedDatabase], roles: StagedBlob, tablespaces: StagedBlob, schemas: StagedBlob, warnings: [String]
    ) -> Manifest {
        let taken = dumps.map(\.manifest.taken).min() ?? surroundings.now()
        return Manifest(
            name: plan.name, state: .complete, taken: taken, finished: surroundings.now(), server: plan.server,
            tools: plan.tools.versions.merging(["penstock": surroundings.version]) { $1 },
            options: [
                "format": plan.format.rawValue, "compress": plan.compression.description,
                "role-passwords": plan.includesRolePasswords ? "yes" : "no",
                "jobs": "\(plan.jobs)",
            ],
            databases: dumps.map(\.manifest),
            scripts: [
                Manifest.Script(kind: .roles, file: roles.manifestFile),
                Manifest.Script(kind: .tablespaces, file: tablespaces.manifestFile),
                Manifest.Script(kind: .schemas, file: schemas.manifestFile),
            ],
            skipped: plan.skipped, warnings: warnings)
    }
}

extension StagedBlob {
    /// What the manifest says of it; its name there is without the folder.
    var manifestFile: Manifest.File {
        guard let pieces else { preconditionFailure("a dump is staged with digests") }
        return Manifest.File(name: name.text.split(separator: "/").last.map(String.init) ?? name.text, pieces: pieces)
    }
}
