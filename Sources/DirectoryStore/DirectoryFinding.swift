/// Something in the directory of a store that is not as it should be.
public struct DirectoryFinding: Sendable, Equatable {
    /// How bad it is.
    public enum Severity: String, Sendable, CaseIterable {
        /// Bytes, or what is known of them, are gone or wrong.
        case damage
        /// Something that nothing refers to and that is never removed by itself.
        case waste
        /// What a crash, or a removal that is under way, leaves; the next `penstock serve` removes it.
        case leftover
    }

    public enum Kind: String, Sendable, CaseIterable {
        /// SQLite finds fault with the index.
        case indexDamaged = "index-damaged"
        /// A row refers to one that is not there.
        case badReference = "bad-reference"
        /// Blocks of a blob leave a gap, overlap, or are not as long as the blob.
        case gap = "gap"
        /// A block lies outside of its piece.
        case outside = "outside"
        case folderMissing = "folder-missing"
        case fileMissing = "file-missing"
        case fileSize = "file-size"
        /// Bytes in the index are more or fewer than they should be.
        case contentSize = "content-size"
        /// The uncommitted blocks of a blob are not as many as is said.
        case stagedCount = "staged-count"
        /// A number of a piece would be given out twice.
        case counter = "counter"
        /// What is to be removed is still in use.
        case trashInUse = "trash-in-use"
        /// A file that no piece has.
        case orphanFile = "orphan-file"
        /// A file that is not the store's.
        case strayFile = "stray-file"
        case unusedPiece = "unused-piece"
        /// A state of a blob that is neither its current one nor a snapshot.
        case unusedRevision = "unused-revision"
        /// A name without a blob.
        case emptyName = "empty-name"
        case leftoverFile = "leftover-file"
        case deletedContainer = "deleted-container"
    }

    public let kind: Kind
    /// A blob as `container/blob`, or a path below the directory.
    public let subject: String
    /// What was found: one lower-case clause.
    public let text: String

    public var severity: Severity {
        switch kind {
        case .orphanFile, .strayFile, .unusedPiece, .unusedRevision, .emptyName: .waste
        case .leftoverFile, .deletedContainer: .leftover
        default: .damage
        }
    }

    /// What to do about it.
    public var remedy: String {
        switch severity {
        case .leftover: "Nothing; `penstock serve` removes it."
        case .waste: "Nothing is lost; it takes space until it is removed by hand: docs/formats/directory-store.md."
        case .damage:
            switch kind {
            case .fileMissing, .fileSize, .gap, .outside, .contentSize:
                "Check the disk, restore the directory from a copy, or write that blob anew."
            default: "Restore the directory from a copy, or recover its blobs by hand: docs/formats/directory-store.md."
            }
        }
    }
}
