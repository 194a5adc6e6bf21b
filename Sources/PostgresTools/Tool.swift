/// A client program of PostgreSQL.
public enum Tool: String, Sendable, CaseIterable {
    case dump = "pg_dump"
    case dumpAll = "pg_dumpall"
    case restore = "pg_restore"
    case script = "psql"

    public var program: String { rawValue }
}

/// A client program that was found.
public struct InstalledTool: Sendable, Hashable {
    public let tool: Tool
    /// An absolute path.
    public let path: String
    public let version: ToolVersion

    public init(tool: Tool, path: String, version: ToolVersion) {
        self.tool = tool
        self.path = path
        self.version = version
    }
}
