import SystemCalls

/// Files under `fixtures/` at the root of the package.
public enum Fixtures {
    /// The root of the package, found from where this file stands.
    public static let packageRoot: String = {
        let parts = #filePath.split(separator: "/").dropLast(3)
        return "/" + parts.joined(separator: "/")
    }()

    /// The bytes of `fixtures/<name>`.
    public static func bytes(_ name: String) throws -> [UInt8] {
        try Files.contents(of: "\(packageRoot)/fixtures/\(name)", limit: 64 << 20)
    }

    /// The names in `fixtures/<directory>` that end in `suffix`, sorted.
    public static func names(in directory: String, suffix: String) throws -> [String] {
        try Files.names(in: "\(packageRoot)/fixtures/\(directory)").filter { $0.hasSuffix(suffix) }.sorted()
    }
}
