import SystemCalls

/// The file in which a server's accounts and their keys are kept: readable by its owner only, and replaced as a whole.
///
/// All calls block, briefly.
public struct AccountFile: Sendable {
    private static let limit = 1 << 20
    public let path: String

    public init(_ path: String) { self.path = path }

    /// The file as it is.
    ///
    /// Throws ``AccountListError`` if it is not there or others can read it, or `SystemError`.
    public func contents() throws -> [UInt8] {
        do {
            guard try Files.permissions(of: path) & 0o077 == 0 else { throw AccountListError(.shared, subject: path) }
            return try Files.contents(of: path, limit: Self.limit)
        } catch let error as SystemError where error.isNotFound {
            throw AccountListError(.missing, subject: path)
        }
    }

    public func list() throws -> AccountList { try AccountList(json: contents(), path: path) }

    /// Changes the list and writes it; two that do so at once take turns.
    ///
    /// - Parameter creating: True if a file that is missing is one without accounts.
    public func change<Result>(
        creating: Bool = false, _ body: (inout AccountList) throws -> Result
    ) throws -> Result {
        let directory = try Files.openDirectory(Files.directory(of: path))
        try directory.lock(.exclusive)
        var list: AccountList
        do {
            list = try self.list()
        } catch let error as AccountListError where error.kind == .missing && creating {
            list = AccountList()
        }
        let result = try body(&list)
        try Files.replace(path, with: list.revealJSON())
        return result
    }
}
