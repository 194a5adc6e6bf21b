import BackupCatalog
import BackupModel
import BlobStorage
import CryptoDigests
import FoundationEssentials

/// A folder of a container in memory, and recovery points to put into it.
enum CatalogKit {
    static let time = Date(timeIntervalSince1970: 1_769_825_000)

    static func store() async throws -> any BlobStore {
        let account = MemoryAccount(clock: { time }, random: { UInt64.random(in: .min ... .max) })
        let name = try ContainerName("backups")
        _ = try await account.create(name, metadata: [:])
        return account.store(of: name)
    }

    static func catalog(_ store: any BlobStore) -> RecoveryPointCatalog {
        RecoveryPointCatalog(store: store, layout: SetLayout(path: "nightly"))
    }

    static func token() -> UploadToken {
        var generator = SystemRandomNumberGenerator()
        return UploadToken(using: &generator)
    }

    /// A manifest of one database whose archive is `bytes`, and of roles that are the same.
    static func manifest(
        _ name: RecoveryPointName, bytes: [UInt8], taken: Date = time, state: RecoveryPointState = .complete
    ) throws -> Manifest {
        let run = PieceDigests.Run(offset: 0, length: bytes.count, pieceSize: PieceDigests.largestPiece)
        let pieces = PieceDigests(runs: [run], packed: Digest.of(bytes.span, .sha256)) ?? PieceDigests()
        func file(_ part: SetLayout.Part) -> Manifest.File {
            Manifest.File(name: SetLayout.fileName(of: part, of: name), pieces: pieces)
        }
        let database = Manifest.Database(
            name: "shop", file: file(.database("shop")), taken: taken, encoding: "UTF8", collate: "C",
            characterType: "C", localeProvider: "libc", providerLocale: nil, icuRules: nil, owner: "app",
            archiveVersion: "1.14", prefixLength: 1, members: [], warnings: [])
        return Manifest(
            name: name, state: state, taken: taken, finished: taken,
            server: Manifest.Server(host: "h", port: "5432", version: "15.20", versionNumber: 150020),
            tools: ["pg_dump": "15.20"], options: [:], databases: [database],
            scripts: [Manifest.Script(kind: .roles, file: file(.roles))], skipped: [], warnings: [])
    }

    /// Writes a whole recovery point, in the order of the law.
    @discardableResult
    static func publish(
        _ text: String, in catalog: RecoveryPointCatalog, taken: Date = time, state: RecoveryPointState = .complete
    ) async throws -> Manifest {
        let (name, token, bytes) = (try RecoveryPointName(text), token(), Array("archive".utf8))
        let manifest = try manifest(name, bytes: bytes, taken: taken, state: state)
        for part in [SetLayout.Part.database("shop"), .roles] {
            try await put(bytes, as: part, of: name, in: catalog, token: token)
        }
        let marker = try await catalog.write(manifest, of: name, token: token)
        try await catalog.write(marker, for: manifest, token: token)
        return manifest
    }

    @discardableResult
    static func put(
        _ bytes: [UInt8], as part: SetLayout.Part, of name: RecoveryPointName, in catalog: RecoveryPointCatalog,
        token: UploadToken?, if condition: AccessCondition = .absent
    ) async throws -> BlobName {
        let blob = try catalog.layout.blob(of: part, of: name)
        // What a dump writes has its token and its mark; what somebody else writes has neither.
        let metadata =
            token.map { token in
                PartMark.metadata(of: part).merging([UploadToken.metadataName: token.text]) { $1 }
            } ?? [:]
        _ = try await catalog.store.put(
            bytes.span, to: blob, attributes: BlobAttributes(metadata: metadata), if: condition)
        return blob
    }
}
