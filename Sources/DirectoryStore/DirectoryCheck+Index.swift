import LocalIndex

extension DirectoryCheck {
    /// A blob `b` of a container `c`, as people know it.
    static let subject = "coalesce(c.name, '(deleted)') || '/' || coalesce(b.name, '(unknown)')"
    private static let blobOfContainer = "blob b LEFT JOIN container c ON c.id = b.container"

    /// - Parameter version: The format of the index, which is not brought up to date.
    mutating func lookThrough(_ connection: inout IndexConnection, version: Int) throws(IndexError) {
        let complaints = try connection.all("PRAGMA integrity_check") { $0.text(0) ?? "" }
        for complaint in complaints where complaint != "ok" { add(.indexDamaged, "index.sqlite", complaint) }
        let broken = try connection.all("PRAGMA foreign_key_check") { row in
            "a row of \(row.text(0) ?? "") refers to a \(row.text(2) ?? "") that is not there"
        }
        for text in broken { add(.badReference, "index.sqlite", text) }
        blobs = try number("SELECT count(*) FROM blob WHERE current IS NOT NULL", &connection)
        pieces = try number("SELECT count(*) FROM piece", &connection)
        bytes = try number("SELECT coalesce(sum(size), 0) FROM piece", &connection)
        try checkNames(&connection, version: version)
        try checkBlocks(&connection)
        try checkStaged(&connection)
        try checkPieces(&connection)
    }

    private func number(_ text: String, _ connection: inout IndexConnection) throws(IndexError) -> Int {
        try connection.first(text) { $0.integer(0) } ?? 0
    }

    /// Adds a finding for each row, whose first column is the subject.
    private mutating func add(
        _ kind: DirectoryFinding.Kind, _ text: String, from query: String, _ connection: inout IndexConnection
    ) throws(IndexError) {
        for subject in try connection.all(query, [], { $0.text(0) ?? "" }) { add(kind, subject, text) }
    }

    private mutating func checkNames(_ connection: inout IndexConnection, version: Int) throws(IndexError) {
        try add(
            .badReference, "what the blob stands for is not there, or another's",
            from: "SELECT \(Self.subject) FROM \(Self.blobOfContainer) LEFT JOIN revision r ON r.id = b.current "
                + "WHERE b.current IS NOT NULL AND (r.id IS NULL OR r.blob <> b.id)", &connection)
        try add(
            .emptyName, "the name has neither a blob nor uncommitted blocks",
            from: "SELECT \(Self.subject) FROM \(Self.blobOfContainer) WHERE b.current IS NULL AND b.staged = 0 "
                + "AND NOT EXISTS (SELECT 1 FROM revision WHERE blob = b.id)", &connection)
        try add(
            .unusedRevision, "a former state of the blob was kept",
            from: "SELECT \(Self.subject) FROM revision r JOIN blob b ON b.id = r.blob "
                + "LEFT JOIN container c ON c.id = b.container WHERE b.current IS NOT r.id"
                + (version > 1 ? " AND r.snapshot IS NULL" : ""), &connection)
        try add(
            .deletedContainer, "a deleted container is not collected yet",
            from: "SELECT 'container ' || id FROM container WHERE name IS NULL", &connection)
    }

    /// Blocks must follow each other from 0 to the size of their blob, each within its piece.
    private mutating func checkBlocks(_ connection: inout IndexConnection) throws(IndexError) {
        var walk = BlockWalk()
        try connection.forEach(
            """
            SELECT r.id, r.size, \(Self.subject), k.position, k.start, k.size, p.size FROM revision r \
            LEFT JOIN blob b ON b.id = r.blob LEFT JOIN container c ON c.id = b.container \
            LEFT JOIN block k ON k.revision = r.id LEFT JOIN piece p ON p.id = k.piece ORDER BY r.id, k.position
            """
        ) { row in
            walk.begin(row.integer(0), size: row.integer(1), subject: row.text(2) ?? "")
            guard !row.isNull(3) else { return true }
            walk.pass(
                position: row.integer(3), start: row.integer(4), size: row.integer(5),
                piece: row.isNull(6) ? nil : row.integer(6))
            return true
        }
        walk.end()
        findings += walk.findings
    }

    private mutating func checkStaged(_ connection: inout IndexConnection) throws(IndexError) {
        try add(
            .stagedCount, "it has more or fewer uncommitted blocks than is said",
            from: "SELECT \(Self.subject) FROM \(Self.blobOfContainer) "
                + "WHERE b.staged <> (SELECT count(*) FROM staged WHERE blob = b.id)", &connection)
        try add(
            .outside, "an uncommitted block lies outside of its bytes",
            from: "SELECT \(Self.subject) FROM staged s LEFT JOIN blob b ON b.id = s.blob "
                + "LEFT JOIN container c ON c.id = b.container LEFT JOIN piece p ON p.id = s.piece "
                + "WHERE p.id IS NULL OR min(s.start, s.size) < 0 OR s.start > p.size - s.size", &connection)
    }

    private mutating func checkPieces(_ connection: inout IndexConnection) throws(IndexError) {
        try add(
            .contentSize, "its bytes in the index are not as many as is said",
            from: "SELECT 'piece ' || id FROM piece WHERE content IS NOT NULL AND length(content) <> size", &connection)
        try add(
            .unusedPiece, "no blob has it",
            from: "SELECT 'piece ' || id FROM piece p WHERE NOT EXISTS (SELECT 1 FROM block WHERE piece = p.id) "
                + "AND NOT EXISTS (SELECT 1 FROM staged WHERE piece = p.id)", &connection)
        try add(
            .trashInUse, "it is to be removed and still in use",
            from: "SELECT 'piece ' || t.piece FROM trash t JOIN piece p ON p.id = t.piece", &connection)
        try add(
            .counter, "the next number for a piece is taken already",
            from: "SELECT 'piece ' || max(id) FROM piece HAVING max(id) >= "
                + "(SELECT value FROM counter WHERE name = 'piece')", &connection)
    }
}

/// Follows the blocks of one blob after another.
private struct BlockWalk {
    private(set) var findings: [DirectoryFinding] = []
    private var revision: Int?
    private var size = 0
    private var subject = ""
    private var position = 0
    private var isSound = true

    mutating func begin(_ revision: Int, size: Int, subject: String) {
        guard revision != self.revision else { return }
        end()
        (self.revision, self.size, self.subject, position, isSound) = (revision, size, subject, 0, true)
    }

    /// - Parameter piece: The size of the piece, if there is one.
    mutating func pass(position: Int, start: Int, size: Int, piece: Int?) {
        if isSound, position != self.position { add(.gap, "its blocks leave a gap or overlap at \(self.position)") }
        if let piece {
            if min(start, size) < 0 || start > piece - size {
                add(.outside, "the block at \(position) lies outside of its bytes")
            }
        } else {
            add(.badReference, "the bytes of the block at \(position) are not known")
        }
        self.position = position &+ size
    }

    mutating func end() {
        guard revision != nil, isSound, position != size else { return }
        add(.gap, "its blocks end at \(position) and not at \(size)")
    }

    private mutating func add(_ kind: DirectoryFinding.Kind, _ text: String) {
        isSound = false
        findings.append(DirectoryFinding(kind: kind, subject: subject, text: text))
    }
}
