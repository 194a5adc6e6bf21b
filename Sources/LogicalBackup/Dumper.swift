public import BackupCatalog
public import BackupModel
public import BlobStorage
import ByteStreams
import Compression
import Diagnostics
import FoundationEssentials
import HTTPMessages
import PostgresClient
import PostgresFormats
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
        /// The blobs beside it: those of a directory.
        let parts: [StagedBlob]
        let manifest: Manifest.Database
    }

    /// Runs `body` with what packs archives, if that is the gateway.
    private func withPackingLine<Output: Sendable>(
        _ body: @Sendable (PackingLine?) async throws -> Output
    ) async throws -> Output {
        switch plan.compression {
        case .packed(let method):
            let wrapper: StreamWrapper = plan.format == .directory ? .gzip : .zlib
            return try await PackingLine.run(method: method, wrapper: wrapper, budget: packing) { try await body($0) }
        case .none where plan.jobs > 1 || plan.format == .directory:
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
                of: item, in: try place(of: name), plan: plan, surroundings: surroundings, uploader: uploader,
                line: line, contentsLimit: contentsLimit, clock: clock)
            do {
                schemas = try await scripts.stageSchema(of: dump, into: schemas, by: uploader)
            } catch let error as SubprocessError {
                throw DumpError(.failed, database: name, cause: error)
            }
            let age = surroundings.now().timeIntervalSince(dump.archive.taken)
            let size = dump.parts.reduce(dump.staged.size) { $0 + $1.size }
            surroundings.log.info(
                "database staged",
                ["database": name, "bytes": "\(size)", "snapshot-seconds": "\(Int(max(0, age)))"])
            dumps.append(
                StagedDatabase(staged: dump.staged, parts: dump.parts, manifest: dump.manifest(in: catalog.layout)))
        }
        return (dumps, schemas)
    }

    private func stage(_ script: [UInt8], as part: SetLayout.Part) async throws -> StagedBlob {
        var staged = StagedBlob(name: try blob(part), token: token)
        try await uploader.stage(MemorySource(script), into: &staged)
        return staged
    }

    private func place(of database: String) throws -> DatabaseDump.Place {
        let (layout, name) = (catalog.layout, plan.name)
        let file: @Sendable (String) throws -> BlobName = {
            try layout.blob(of: .directoryFile(database: database, name: $0), of: name)
        }
        let isDirectory = plan.format == .directory
        return DatabaseDump.Place(
            blob: isDirectory ? try file(DirectoryFile.contents.name) : try blob(.database(database)), token: token,
            file: file)
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
            for dump in dumps {
                // The table of contents last, without which the others are no directory.
                asked += dump.parts.map(\.name)
                try await commit(dump.parts, attributes(of: dump))
                asked.append(dump.staged.name)
                _ = try await uploader.commit(dump.staged, attributes: attributes(of: dump), if: .absent)
            }
            for (part, staged) in scripts {
                asked.append(staged.name)
                let attributes = BlobAttributes(contentType: "application/sql", metadata: PartMark.metadata(of: part))
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

    /// Commits many blobs, several at once.
    private func commit(_ blobs: [StagedBlob], _ attributes: BlobAttributes) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, staged) in blobs.enumerated() {
                if index >= Self.commitsAtOnce { try await group.next() }
                group.addTask { _ = try await uploader.commit(staged, attributes: attributes, if: .absent) }
            }
            try await group.waitForAll()
        }
    }

    private static let commitsAtOnce = 16

    private func attributes(of dump: StagedDatabase) -> BlobAttributes {
        let name = dump.manifest.name
        let part: SetLayout.Part =
            plan.format == .directory
            ? .directoryFile(database: name, name: DirectoryFile.contents.name) : .database(name)
        var metadata = PartMark.metadata(of: part)
        metadata["penstock_database"] = PercentCoding.encode(name)
        let type = plan.format == .plain ? "application/sql" : "application/octet-stream"
        return BlobAttributes(contentType: type, metadata: metadata)
    }

    /// Removes what this dump made visible, so that its name can be used again.
    ///
    /// The last of `asked` may have been written although its answer was lost. What could not be removed in time is named
    /// in the log: it is an orphan, which the next dump names, too.
    private func withdraw(_ asked: [BlobName]) async {
        let left = await Withdrawal(from: catalog.store, of: token, within: withdrawalTime, on: clock).run(asked).left
        guard !left.isEmpty else { return }
        let more = left.count > Self.mostNamed ? " and \(left.count - Self.mostNamed) more" : ""
        let names = left.prefix(Self.mostNamed).map(\.text).joined(separator: ", ") + more
        surroundings.log.warning(
            "blobs of this dump could not be taken back; `penstock orphans` lists and removes them", ["blobs": names])
    }

    private static let mostNamed = 20

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
                Manifest.Script(kind: .roles, file: roles.manifestFile(in: catalog.layout)),
                Manifest.Script(kind: .tablespaces, file: tablespaces.manifestFile(in: catalog.layout)),
                Manifest.Script(kind: .schemas, file: schemas.manifestFile(in: catalog.layout)),
            ],
            skipped: plan.skipped, warnings: warnings)
    }
}

extension StagedBlob {
    /// What the manifest says of it; its name there is without the folder of the layout.
    func manifestFile(in layout: SetLayout) -> Manifest.File {
        guard let pieces else { preconditionFailure("a dump is staged with digests") }
        let inside = String(decoding: name.text.utf8.dropFirst(layout.prefix.utf8.count), as: UTF8.self)
        return Manifest.File(name: inside, pieces: pieces, crc64: sum.text)
    }
}
