public import Diagnostics
public import FoundationEssentials
public import PostgresClient
public import PostgresTools

/// What dumping and restoring need from outside: a server, client programs, a clock, and somewhere to tell the story.
public struct Surroundings: Sendable {
    public let connection: ConnectionParameters
    public let tools: ToolFinder
    /// This process's environment; of it only what a child needs is handed on.
    public let environment: [String: String]
    public let log: Log
    public let now: @Sendable () -> Date
    /// The name of this machine, for servers that are reached over a socket.
    public let hostName: String
    /// This program's version, for the manifest.
    public let version: String

    public init(
        connection: ConnectionParameters, tools: ToolFinder, environment: [String: String], log: Log,
        now: @escaping @Sendable () -> Date, hostName: String, version: String
    ) {
        self.connection = connection
        self.tools = tools
        self.environment = environment
        self.log = log
        self.now = now
        self.hostName = hostName
        self.version = version
    }
}
