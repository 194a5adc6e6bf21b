public import BackupModel
public import BlobStorage

/// A recovery point that can be restored: which blobs it has and what is known of them.
public struct RecoveryPoint: Sendable {
    public struct Database: Sendable {
        public let name: String
        public let blob: BlobName
        /// In bytes, all blobs of it.
        public let size: Int
        /// What the manifest says; `nil` for sets of other origin.
        public let facts: Manifest.Database?
        /// The other blobs of a directory, whose table of contents is `blob`, by their names in it.
        public internal(set) var parts: [String: Part] = [:]

        /// The digests to check the archive against, or the table of contents of a directory.
        public var pieces: PieceDigests? { facts?.file.pieces }
    }

    /// A blob of a directory.
    public struct Part: Sendable {
        public let blob: BlobName
        public let file: Manifest.File
    }

    public struct Script: Sendable {
        public let blob: BlobName
        /// In bytes.
        public let size: Int
        public let pieces: PieceDigests?
    }

    public let name: RecoveryPointName
    /// `nil` for sets of other origin.
    public let manifest: Manifest?
    public let databases: [Database]
    public let roles: Script?
    public let tablespaces: Script?

    init(name: RecoveryPointName, databases: [Database], roles: Script?, tablespaces: Script?) {
        self.name = name
        manifest = nil
        self.databases = databases
        self.roles = roles
        self.tablespaces = tablespaces
    }

    /// Takes what a checked manifest says; a file name in it never leads out of the layout's folder.
    init(name: RecoveryPointName, manifest: Manifest, layout: SetLayout) throws(BlobNameError) {
        self.name = name
        self.manifest = manifest
        databases = try manifest.databases.map { database throws(BlobNameError) in
            var parts: [String: Part] = [:]
            for file in database.parts ?? [] {
                guard let place = file.place else { continue }
                parts[place.name] = Part(blob: try BlobName(layout.prefix + file.name), file: file)
            }
            return Database(
                name: database.name, blob: try BlobName(layout.prefix + database.file.name),
                size: database.size, facts: database, parts: parts)
        }
        roles = try Self.script(.roles, manifest, layout)
        tablespaces = try Self.script(.tablespaces, manifest, layout)
    }

    private static func script(
        _ kind: Manifest.Script.Kind, _ manifest: Manifest, _ layout: SetLayout
    ) throws(BlobNameError) -> Script? {
        guard let script = manifest.script(kind) else { return nil }
        return Script(
            blob: try BlobName(layout.prefix + script.file.name), size: script.file.size, pieces: script.file.pieces)
    }
}
