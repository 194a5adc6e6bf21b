/// Where a module says what it is doing.
///
/// Messages are constant and values go in metadata, so that a log can be searched and counted. `info` tells an operator
/// the story of a job in ten lines, `debug` tells a developer. Nothing below the command layer prints: it is handed one
/// of these.
public struct Log: Sendable {
    public enum Level: Int, Sendable, Comparable {
        case debug
        case info
        case warning

        public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    /// One line of the log.
    public struct Entry: Sendable {
        public let level: Level
        public let message: String
        public let metadata: KeyValuePairs<String, String>
    }

    private let receive: @Sendable (Entry) -> Void

    public init(_ receive: @escaping @Sendable (Entry) -> Void) { self.receive = receive }

    /// A log that nobody reads.
    public static let silent = Log { _ in }

    /// Hands on an entry that another log received.
    public func pass(_ entry: Entry) { receive(entry) }

    public func debug(_ message: StaticString, _ metadata: KeyValuePairs<String, String> = [:]) {
        receive(Entry(level: .debug, message: message.description, metadata: metadata))
    }

    public func info(_ message: StaticString, _ metadata: KeyValuePairs<String, String> = [:]) {
        receive(Entry(level: .info, message: message.description, metadata: metadata))
    }

    public func warning(_ message: StaticString, _ metadata: KeyValuePairs<String, String> = [:]) {
        receive(Entry(level: .warning, message: message.description, metadata: metadata))
    }
}
