import LocalIndex
import SystemCalls

extension DirectoryCheck {
    /// Compares the files there are with those that the index knows.
    mutating func compareFiles(_ connection: inout IndexConnection, _ layout: DirectoryLayout) throws {
        let rows = try connection.all("SELECT id, size FROM piece WHERE content IS NULL") { row in
            (row.integer(0), row.integer(1))
        }
        var known = Dictionary(rows, uniquingKeysWith: { first, _ in first })
        let trash = Set(try connection.all("SELECT piece FROM trash") { $0.integer(0) })
        let reserved = try connection.all("SELECT first, count FROM reservation") { row in
            row.integer(0)..<row.integer(0) &+ max(0, row.integer(1))
        }
        for folder in 0..<256 {
            let path = layout.folder(of: folder)
            guard Files.isDirectory(path) else {
                add(.folderMissing, layout.relative(path), "the folder is missing")
                continue
            }
            for name in try Files.names(in: path).sorted() {
                let file = path + "/" + name
                guard let number = Int(name, radix: 16), layout.file(of: number) == file else {
                    add(.strayFile, layout.relative(file), "it is not a file of the store")
                    continue
                }
                if let size = known.removeValue(forKey: number) {
                    let found = try Files.open(file, .read).size()
                    guard found != size else { continue }
                    let text = "\(layout.relative(file)) has \(found) bytes instead of \(size)"
                    try add(.fileSize, toUsersOf: number, text, &connection)
                } else if trash.contains(number) || reserved.contains(where: { $0.contains(number) }) {
                    add(.leftoverFile, layout.relative(file), "it was written or removed while the store crashed")
                } else {
                    add(.orphanFile, layout.relative(file), "no piece has this file")
                }
            }
        }
        for number in known.keys.sorted() {
            try add(
                .fileMissing, toUsersOf: number, "\(layout.relative(layout.file(of: number))) is missing", &connection)
        }
    }

    /// Adds a finding for each blob that has bytes of a piece.
    private mutating func add(
        _ kind: DirectoryFinding.Kind, toUsersOf piece: Int, _ text: String, _ connection: inout IndexConnection
    ) throws {
        let from = "JOIN blob b ON b.id = u.blob LEFT JOIN container c ON c.id = b.container"
        let users = try connection.all(
            "SELECT \(Self.subject) FROM (SELECT r.blob FROM block k JOIN revision r ON r.id = k.revision "
                + "WHERE k.piece = ?1 UNION SELECT blob FROM staged WHERE piece = ?1) u \(from)",
            [.integer(piece)]
        ) { $0.text(0) ?? "" }
        for user in users.isEmpty ? ["piece \(piece)"] : users { add(kind, user, text) }
    }
}

extension DirectoryLayout {
    /// A path below the root, without it.
    fileprivate func relative(_ path: String) -> String { String(path.dropFirst(root.utf8.count + 1)) }
}
