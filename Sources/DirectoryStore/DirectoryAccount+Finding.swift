import SystemCalls

extension DirectoryAccount {
    /// True if there is a store in that directory.
    public static func isStore(_ path: String) -> Bool { Files.exists(DirectoryLayout(root: path).index) }
}
