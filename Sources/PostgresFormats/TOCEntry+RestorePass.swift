extension TOCEntry {
    /// The passes in which pg_restore goes through an archive.
    public enum RestorePass: Sendable, Hashable, Comparable {
        case main
        /// Privileges, when all data is there: an owner may have lost the right to write to his own table.
        case privileges
        /// What must see the whole database with all privileges: refreshes of materialized views, and event triggers.
        case afterPrivileges
    }

    /// In which of its passes pg_restore restores this entry.
    public var restorePass: RestorePass {
        guard let desc else { return .main }
        if Self.privileges.contains(desc) { return .privileges }
        if Self.afterPrivileges.contains(desc) { return .afterPrivileges }
        // A comment comes with what it is about.
        if desc == "COMMENT", tag?.bytes.starts(with: "EVENT TRIGGER ".utf8) == true { return .afterPrivileges }
        if desc == "STATISTICS DATA", section == .postData { return .afterPrivileges }
        return .main
    }

    /// Whether it tells pg_restore how to read the archive and is no object.
    public var isSetting: Bool { desc.map { Self.settings.contains($0) } ?? false }

    private static let privileges: Set<ArchiveText> = ["ACL", "ACL LANGUAGE", "DEFAULT ACL"]
    private static let afterPrivileges: Set<ArchiveText> = ["EVENT TRIGGER", "MATERIALIZED VIEW DATA"]
    private static let settings: Set<ArchiveText> = ["ENCODING", "STDSTRINGS", "SEARCHPATH"]
}

extension TableOfContents {
    /// The section of each entry, in order; those that have none of their own belong to that of the last one before them
    /// that has, and at the very beginning to the pre-data.
    public func effectiveSections() -> [TOCEntry.Section] {
        var current = TOCEntry.Section.preData
        return layouts.map { layout in
            if layout.section != .none { current = layout.section }
            return current
        }
    }
}
