extension Files {
    /// Puts `bytes` in the place of a file, or makes it, readable by its owner only: whole, or not at all.
    ///
    /// When this returns, the file is on the disk. Blocks.
    public static func replace(_ path: String, with bytes: [UInt8]) throws(SystemError) {
        let new = path + ".new"
        // One that a crash has left may have other permissions.
        if exists(new) { try remove(new) }
        do throws(SystemError) {
            let file = try open(new, .create)
            try file.write(bytes.span)
            try file.synchronize()
            try rename(new, to: path)
        } catch {
            try? remove(new)
            throw error
        }
        try openDirectory(directory(of: path)).synchronize()
    }

    /// The directory in which a path lies.
    public static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
