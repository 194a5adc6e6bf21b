/// The version of an archive's format, which is not that of PostgreSQL.
public struct ArchiveVersion: Sendable, Hashable, Comparable {
    public let major: UInt8
    public let minor: UInt8
    /// Changes with nothing that a reader sees; it does not take part in comparisons.
    public let revision: UInt8

    public init(_ major: UInt8, _ minor: UInt8, revision: UInt8 = 0) {
        self.major = major
        self.minor = minor
        self.revision = revision
    }

    public static func < (left: ArchiveVersion, right: ArchiveVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    public static func == (left: ArchiveVersion, right: ArchiveVersion) -> Bool {
        (left.major, left.minor) == (right.major, right.minor)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(major)
        hasher.combine(minor)
    }
}

extension ArchiveVersion {
    /// The oldest version that is read: pg_dump 9.0 wrote it.
    public static let oldest = ArchiveVersion(1, 12)
    /// Entries say the access method of their table: PostgreSQL 12 to 15.
    static let tableAccessMethods = ArchiveVersion(1, 14)
    /// The header says which method compressed the data: PostgreSQL 16.
    static let compressionMethods = ArchiveVersion(1, 15)
    /// Entries say what kind of relation they are: PostgreSQL 17 and 18.
    static let relationKinds = ArchiveVersion(1, 16)
    /// The newest version that is read.
    public static let newest = relationKinds
}

extension ArchiveVersion: CustomStringConvertible {
    public var description: String { "\(major).\(minor)" }
}
