public import FoundationEssentials

/// Everything outside of the process that commands may touch, as values.
public struct World: Sendable {
    public let environment: [String: String]
    public let console: Console
    public let now: @Sendable () -> Date
    public let hostName: String

    public init(
        environment: [String: String], console: Console, now: @escaping @Sendable () -> Date, hostName: String
    ) {
        self.environment = environment
        self.console = console
        self.now = now
        self.hostName = hostName
    }
}
