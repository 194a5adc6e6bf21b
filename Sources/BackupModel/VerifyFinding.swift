/// One thing that checking a recovery point has found.
public struct VerifyFinding: Sendable, Equatable {
    /// How bad it is, the worst first.
    public enum Severity: String, Sendable, CaseIterable {
        /// Something is not what was written.
        case damage
        /// Something that belongs to the recovery point is not there.
        case missing
        /// Something could not be checked.
        case unchecked
        /// Worth knowing, and no fault.
        case note
    }

    public let kind: Kind
    /// The blob it is about; `nil` for the recovery point as a whole.
    public let blob: String?
    /// The member of an archive, such as `TABLE DATA public.item (dump ID 3377)`.
    public let member: String?
    /// Where in the blob, in bytes, as far as that is known.
    public let range: Range<Int>?
    /// What was found, one lower-case clause.
    public let text: String

    public init(
        _ kind: Kind, blob: String? = nil, member: String? = nil, range: Range<Int>? = nil, _ text: String
    ) {
        self.kind = kind
        self.blob = blob
        self.member = member
        self.range = range
        self.text = text
    }

    public var severity: Severity { kind.severity }
    /// What to do next, a full sentence.
    public var remedy: String { kind.remedy }
}

extension VerifyFinding {
    /// What can be found; the raw values are a documented contract.
    public enum Kind: String, Sendable, CaseIterable {
        case markerMissing = "verify.marker-missing"
        case markerUnreadable = "verify.marker-unreadable"
        /// Marker and manifest, or marker and its own metadata, say different things.
        case markerDiffers = "verify.marker-differs"
        case manifestMissing = "verify.manifest-missing"
        case manifestUnreadable = "verify.manifest-unreadable"
        /// The manifest is not the one that the marker names.
        case manifestReplaced = "verify.manifest-replaced"
        /// The manifest contradicts itself.
        case manifestContradicts = "verify.manifest-contradicts"
        case blobMissing = "verify.blob-missing"
        case sizeDiffers = "verify.size-differs"
        /// The digest of a whole blob differs from another that is kept of it.
        case digestDiffers = "verify.digest-differs"
        case pieceDamaged = "verify.piece-damaged"
        case pieceUnreadable = "verify.piece-unreadable"
        /// The blob was written anew or removed while it was read.
        case blobChanged = "verify.blob-changed"
        /// The framing or the table of contents of an archive breaks the format's rules.
        case archiveDamaged = "verify.archive-damaged"
        case memberMissing = "verify.member-missing"
        /// The data of a member cannot be brought back.
        case memberDamaged = "verify.member-damaged"
        /// The rows of a table do not end as COPY text does.
        case rowsUnfinished = "verify.rows-unfinished"
        /// A script lacks what pg_dump writes last.
        case scriptUnfinished = "verify.script-unfinished"
        /// A member is not what the manifest says of it.
        case memberDiffers = "verify.member-differs"
        case noManifest = "verify.no-manifest"
        /// The set has no manifest, and its archives are checked by themselves.
        case foreign = "verify.foreign"
        case noDigest = "verify.no-digest"
        case blobUnreadable = "verify.blob-unreadable"
        case notParsed = "verify.not-parsed"
        case blobUnnamed = "verify.blob-unnamed"
        /// An archive without digests and without compression: a changed byte in a row does not show.
        case bytesUnproven = "verify.bytes-unproven"
    }
}

extension VerifyFinding.Kind {
    public var severity: VerifyFinding.Severity {
        switch self {
        case .markerUnreadable, .markerDiffers, .manifestUnreadable, .manifestReplaced, .manifestContradicts,
            .sizeDiffers, .digestDiffers, .pieceDamaged, .pieceUnreadable, .blobChanged, .archiveDamaged,
            .memberMissing, .memberDamaged, .rowsUnfinished, .scriptUnfinished, .memberDiffers:
            .damage
        case .markerMissing, .manifestMissing, .blobMissing: .missing
        case .noManifest, .noDigest, .blobUnreadable, .notParsed: .unchecked
        case .foreign, .blobUnnamed, .bytesUnproven: .note
        }
    }

    public var remedy: String {
        switch self {
        case .markerMissing:
            "`penstock orphans` says whether a dump was never finished; if the marker was removed, copy it back."
        case .markerUnreadable, .markerDiffers, .manifestMissing, .manifestUnreadable, .manifestReplaced,
            .manifestContradicts:
            "Copy the original back from another copy of the set; the archives can still be checked with "
                + "`--level archive` and restored with `pg_restore`."
        case .blobMissing: "Copy it back from another copy of the set, or use another recovery point."
        case .sizeDiffers, .digestDiffers, .pieceDamaged, .memberDiffers:
            "Copy the blob again from another copy of the set, or use another recovery point."
        case .pieceUnreadable:
            "Look at the store: `penstock serve --check` for a directory, the account's health for a service."
        case .blobChanged: "Find out who writes to the recovery point, then verify it again."
        case .archiveDamaged, .memberMissing, .memberDamaged, .rowsUnfinished, .scriptUnfinished:
            "Use another recovery point; the other members can still be restored from this one with `pg_restore`."
        case .noManifest, .noDigest: "Give `--level archive`, which reads the archives themselves."
        case .blobUnreadable: "Bring it to a tier that can be read, or mend what is said, then verify again."
        case .notParsed: "Give a larger `--memory` if that is the reason; else restore it into a scratch database."
        case .blobUnnamed: "Remove it if nobody needs it; `restore` does not use it."
        case .foreign: "Keep a set that `penstock dump` made, which says what every byte should be."
        case .bytesUnproven: "Restore it into a scratch database to be sure of each byte."
        }
    }
}
