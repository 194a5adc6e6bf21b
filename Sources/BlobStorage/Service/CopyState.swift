public import FoundationEssentials

/// What is known of the copy that made, or is making, a blob.
public struct CopyState: Sendable, Equatable, Codable {
    /// The description of a copy whose server ended before it.
    public static let serverEnded = "500 OperationCancelled \"The copy failed because the server ended.\""

    public enum Status: String, Sendable, Codable { case pending, success, aborted, failed }

    /// A GUID.
    public var id: String
    /// The URL of the source, without its query, which may hold a secret.
    public var source: String
    public var status: Status
    /// Bytes done, and of all.
    public var done: Int
    public var total: Int
    public var completed: Date?
    /// Why it failed, in the service's words.
    public var detail: String?

    public init(
        id: String, source: String, status: Status, done: Int, total: Int, completed: Date? = nil, detail: String? = nil
    ) {
        self.id = id
        self.source = source
        self.status = status
        self.done = done
        self.total = total
        self.completed = completed
        self.detail = detail
    }
}
