/// What an account is to be used for; each rule concerns some of these.
public enum AccountJob: String, Sendable, CaseIterable {
    /// Azure Backup restores a vaulted backup of PostgreSQL as files into it.
    case restoreTarget = "restore-target"
    case upload
    case download
    /// Blobs are copied out of it, perhaps to another tenant.
    case copySource = "copy-source"
    /// Blobs are copied into it, perhaps from another tenant.
    case copyDestination = "copy-destination"
}
