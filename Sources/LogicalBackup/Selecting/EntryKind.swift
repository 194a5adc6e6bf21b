import PostgresFormats

/// The kinds of entries that choosing a part must tell apart.
enum EntryKind {
    /// What `--table` names, and what is made of it by an entry.
    private static let relations: Set<ArchiveText> = [
        "TABLE", "FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE",
    ]
    private static let contents: Set<ArchiveText> = ["TABLE DATA", "SEQUENCE SET", "MATERIALIZED VIEW DATA"]
    private static let functions: Set<ArchiveText> = ["FUNCTION", "PROCEDURE", "AGGREGATE"]
    /// What says something of another entry, or is part of it, and is no object that somebody would miss by itself.
    private static let parts: Set<ArchiveText> = [
        "TABLE DATA", "SEQUENCE SET", "MATERIALIZED VIEW DATA", "SEQUENCE OWNED BY", "SEQUENCE", "DEFAULT",
        "CONSTRAINT",
        "CHECK CONSTRAINT", "INDEX", "INDEX ATTACH", "TABLE ATTACH", "TRIGGER", "RULE", "POLICY", "ROW SECURITY",
        "STATISTICS", "STATISTICS DATA", "PUBLICATION TABLE", "ACL", "DEFAULT ACL", "COMMENT", "SECURITY LABEL",
    ]

    /// Makes a table, view or sequence.
    static func isRelation(_ entry: TOCEntry) -> Bool { entry.desc.map(relations.contains) ?? false }
    /// Fills one.
    static func isContents(_ entry: TOCEntry) -> Bool { entry.desc.map(contents.contains) ?? false }
    static func isFunction(_ entry: TOCEntry) -> Bool { entry.desc.map(functions.contains) ?? false }
    static func isPart(_ entry: TOCEntry) -> Bool { entry.desc.map(parts.contains) ?? false }
}

extension ArchiveText {
    func equals(_ text: String) -> Bool { bytes.elementsEqual(text.utf8) }
}
