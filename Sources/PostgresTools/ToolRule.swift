/// Which of the installed versions of a program may be used, and which is best.
public struct ToolRule: Sendable, Hashable {
    /// The oldest major version that will do.
    public let leastMajor: Int

    /// For reading a server of that version: pg_dump refuses servers newer than itself.
    ///
    /// The lowest that will do is best: what a newer pg_dump writes, an older server may not understand.
    public static func dumping(serverMajor: Int) -> ToolRule { ToolRule(leastMajor: serverMajor) }

    /// For restoring what a pg_dump of `dumpMajor` wrote into a server of `serverMajor`.
    ///
    /// pg_restore reads archives up to its own version. The lowest that will do is best: one newer than the server sets
    /// parameters that the server does not know.
    public static func restoring(dumpMajor: Int, serverMajor: Int) -> ToolRule {
        ToolRule(leastMajor: max(dumpMajor, serverMajor))
    }

    public init(leastMajor: Int) { self.leastMajor = leastMajor }

    /// The lowest major version that will do, of that the highest minor; among equals the one that came first.
    public func choose(from tools: [InstalledTool]) -> InstalledTool? {
        tools.filter { $0.version.major >= leastMajor }.reduce(nil) { best, tool in
            guard let best else { return tool }
            if tool.version.major != best.version.major {
                return tool.version.major < best.version.major ? tool : best
            }
            return tool.version > best.version ? tool : best
        }
    }
}
