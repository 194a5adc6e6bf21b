import BackupModel

/// In which of pg_dump's formats databases are dumped.
public enum DumpFormat: String, Sendable, CaseIterable {
    /// An archive: compressed, seekable, restored by pg_restore, in part, too.
    case custom
    /// A script of SQL, restored by psql.
    case plain

    /// A blob for each member, restored by pg_restore, in part, too; downloaded, a directory for `pg_restore -Fd`.
    case directory

    /// What the manifest says; archives are what it means where it says nothing.
    var manifest: Manifest.Database.Format? {
        switch self {
        case .custom: nil
        case .plain: .plain
        case .directory: .directory
        }
    }
}
