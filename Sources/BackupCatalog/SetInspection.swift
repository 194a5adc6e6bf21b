public import BackupModel
public import BlobStorage

/// What a recovery point consists of, as far as it can be believed, and what is wrong with it by its listing, marker and
/// manifest alone.
///
/// Unlike ``RecoveryPointCatalog/load(_:)`` it goes on behind what is wrong.
public struct SetInspection: Sendable {
    /// A blob of the set whose bytes are worth reading.
    public struct File: Sendable {
        public let blob: BlobName
        /// As it was listed.
        public let state: BlobProperties
        /// The digests that the manifest says, if it can be believed.
        public let pieces: PieceDigests?
        /// The database that it is the dump of.
        public let database: String?
        /// What the manifest says of that database.
        public let facts: Manifest.Database?
        /// The member whose data it holds, or lists; of directories only.
        public let member: Manifest.Member?
    }

    public let name: RecoveryPointName
    /// `nil` for sets of other origin, and where it is not to be believed.
    public let manifest: Manifest?
    /// Archives first, then scripts.
    public let files: [File]
    public let findings: [VerifyFinding]

    /// Of all files, in bytes.
    public var size: Int { files.reduce(0) { $0 + $1.state.size } }
}
