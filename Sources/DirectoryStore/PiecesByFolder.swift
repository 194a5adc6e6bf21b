/// Pieces whose files are to be removed, by the folders they lie in: files of one folder share its `fsync`.
struct PiecesByFolder: Sendable {
    private var folders = [[Int]](repeating: [], count: DirectoryLayout.folders)
    /// Where the next portion begins, so that no folder waits for all that comes to another.
    private var next = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func add(_ pieces: [Int]) {
        for piece in pieces { folders[piece & (DirectoryLayout.folders - 1)].append(piece) }
        count += pieces.count
    }

    /// Takes some: of so many folders at most, and so many files.
    mutating func take(folders limit: Int, files: Int) -> [Int] {
        var (taken, used) = ([Int](), 0)
        while !isEmpty, used < limit, taken.count < files {
            defer { next = (next + 1) % folders.count }
            let some = folders[next].suffix(files - taken.count)
            guard !some.isEmpty else { continue }
            taken += some
            folders[next].removeLast(some.count)
            count -= some.count
            used += 1
        }
        return taken
    }
}
