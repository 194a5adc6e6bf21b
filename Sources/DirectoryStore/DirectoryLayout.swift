import SystemCalls

/// Where things are in the directory of a store; `docs/formats/directory-store.md` describes it.
struct DirectoryLayout: Sendable {
    let root: String

    var index: String { root + "/index.sqlite" }
    var lock: String { root + "/lock" }
    var data: String { root + "/data" }
    var sessions: String { root + "/sessions" }

    /// Everything a store makes in its directory, and what a new file system has at its root.
    static let ownNames: Set<String> = [
        "index.sqlite", "index.sqlite-wal", "index.sqlite-shm", "index.sqlite-journal", "lock", "data", "sessions",
        "lost+found",
    ]

    /// How many folders there are; a power of two.
    static let folders = 256

    /// The folder of a piece's file: its number's lowest eight bits, so that folders fill evenly.
    func folder(of piece: Int) -> String { data + "/" + Self.hexadecimal(piece & (Self.folders - 1), digits: 2) }

    func file(of piece: Int) -> String { folder(of: piece) + "/" + Self.hexadecimal(piece, digits: 16) }

    func session(_ id: Int) -> String { sessions + "/\(id)" }

    /// Makes the folders that are missing, durably.
    func makeFolders() throws(SystemError) {
        for folder in [sessions, data] where !Files.isDirectory(folder) { try Files.makeDirectory(folder) }
        for number in 0..<Self.folders where !Files.isDirectory(folder(of: number)) {
            try Files.makeDirectory(folder(of: number))
        }
        try Files.openDirectory(data).synchronize()
        try Files.openDirectory(root).synchronize()
    }

    private static func hexadecimal(_ number: Int, digits: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
