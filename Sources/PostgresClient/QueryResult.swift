/// The answer to one statement, in memory as a whole; meant for catalogs, not for data.
public struct QueryResult: Sendable, Equatable {
    public let columns: [String]
    /// Each row has a value for each column, in the server's text form; NULL is `nil`.
    public let rows: [[String?]]
    /// What the server says it did, such as `SELECT 3` or `CREATE DATABASE`.
    public let command: String

    /// The first value of the first row; `nil` if it is NULL or there is none.
    public var firstValue: String? { rows.first?.first ?? nil }
}
