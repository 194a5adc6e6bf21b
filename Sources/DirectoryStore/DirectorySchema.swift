import LocalIndex

/// The tables of the index; `docs/formats/directory-store.md` describes them.
enum DirectorySchema {
    /// "PENS", which tells our databases from others.
    static let applicationID = 0x5045_4E53
    static let version = 2

    /// What makes each version out of the one before; version 1 is made of nothing.
    ///
    /// Later versions add columns and tables (immutability, versions, deletion that can be undone) without rewriting
    /// these: what a blob is lies in `revision`, so a name can have several.
    static let steps = [tables, serviceColumns]

    private static let tables = """
        PRAGMA application_id = \(applicationID);
        CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        INSERT INTO counter VALUES ('piece', 1);
        CREATE TABLE session (id INTEGER PRIMARY KEY AUTOINCREMENT, opened INTEGER NOT NULL);
        CREATE TABLE reservation (
            first INTEGER PRIMARY KEY, count INTEGER NOT NULL, session INTEGER NOT NULL REFERENCES session);
        CREATE INDEX reservation_session ON reservation (session);
        CREATE TABLE container (
            id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, tag TEXT NOT NULL, modified INTEGER NOT NULL,
            created INTEGER NOT NULL, metadata TEXT NOT NULL);
        CREATE TABLE blob (
            id INTEGER PRIMARY KEY AUTOINCREMENT, container INTEGER NOT NULL REFERENCES container, name TEXT NOT NULL,
            current INTEGER, staged INTEGER NOT NULL DEFAULT 0, staged_at INTEGER, UNIQUE (container, name));
        CREATE INDEX blob_staged ON blob (staged_at) WHERE staged > 0;
        CREATE TABLE revision (
            id INTEGER PRIMARY KEY AUTOINCREMENT, blob INTEGER NOT NULL REFERENCES blob, size INTEGER NOT NULL,
            tag TEXT NOT NULL, modified INTEGER NOT NULL, created INTEGER NOT NULL, content_type TEXT,
            content_encoding TEXT, content_language TEXT, content_disposition TEXT, cache_control TEXT,
            content_md5 BLOB, metadata TEXT NOT NULL);
        CREATE INDEX revision_blob ON revision (blob);
        CREATE TABLE piece (id INTEGER PRIMARY KEY, size INTEGER NOT NULL, content BLOB);
        CREATE TABLE block (
            revision INTEGER NOT NULL REFERENCES revision, position INTEGER NOT NULL, id TEXT,
            piece INTEGER NOT NULL REFERENCES piece, start INTEGER NOT NULL, size INTEGER NOT NULL,
            PRIMARY KEY (revision, position)) WITHOUT ROWID;
        CREATE INDEX block_piece ON block (piece);
        CREATE TABLE staged (
            blob INTEGER NOT NULL REFERENCES blob, id TEXT NOT NULL, piece INTEGER NOT NULL REFERENCES piece,
            start INTEGER NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (blob, id)) WITHOUT ROWID;
        CREATE INDEX staged_piece ON staged (piece);
        CREATE TABLE trash (piece INTEGER PRIMARY KEY);
        """

    private static let serviceColumns = """
        ALTER TABLE container ADD COLUMN access TEXT NOT NULL DEFAULT 'nothing';
        ALTER TABLE container ADD COLUMN policies TEXT NOT NULL DEFAULT '[]';
        ALTER TABLE container ADD COLUMN lease_id TEXT;
        ALTER TABLE container ADD COLUMN lease_seconds INTEGER;
        ALTER TABLE container ADD COLUMN lease_end INTEGER;
        ALTER TABLE container ADD COLUMN lease_broken INTEGER;
        ALTER TABLE blob ADD COLUMN lease_id TEXT;
        ALTER TABLE blob ADD COLUMN lease_seconds INTEGER;
        ALTER TABLE blob ADD COLUMN lease_end INTEGER;
        ALTER TABLE blob ADD COLUMN lease_broken INTEGER;
        ALTER TABLE revision ADD COLUMN kind TEXT NOT NULL DEFAULT 'BlockBlob';
        ALTER TABLE revision ADD COLUMN tier TEXT;
        ALTER TABLE revision ADD COLUMN tier_changed INTEGER;
        ALTER TABLE revision ADD COLUMN tags TEXT NOT NULL DEFAULT '{}';
        ALTER TABLE revision ADD COLUMN copy TEXT;
        ALTER TABLE revision ADD COLUMN snapshot TEXT;
        ALTER TABLE revision ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE revision ADD COLUMN appended INTEGER NOT NULL DEFAULT 0;
        CREATE UNIQUE INDEX revision_snapshot ON revision (blob, snapshot) WHERE snapshot IS NOT NULL;
        CREATE INDEX revision_copying ON revision (id) WHERE \(IndexConnection.isCopying);
        """
}

extension IndexConnection {
    enum Origin { case empty, ours(version: Int), foreign }

    /// Makes the tables of the newest version out of those of version `old`, all at once; 0 is an empty database.
    mutating func upgrade(from old: Int) throws {
        guard old < DirectorySchema.version else { return }
        try transaction(.write) { connection in
            for step in DirectorySchema.steps[old...] { try connection.execute(step) }
            try connection.execute("PRAGMA user_version = \(DirectorySchema.version)")
        }
    }

    mutating func origin() throws(IndexError) -> Origin {
        let application = try first("PRAGMA application_id") { $0.integer(0) } ?? 0
        let version = try first("PRAGMA user_version") { $0.integer(0) } ?? 0
        if application == DirectorySchema.applicationID { return .ours(version: version) }
        let tables = try first("SELECT count(*) FROM sqlite_schema") { $0.integer(0) } ?? 0
        return application == 0 && version == 0 && tables == 0 ? .empty : .foreign
    }
}
