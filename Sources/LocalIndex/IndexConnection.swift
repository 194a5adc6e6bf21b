import CSQLite

/// One connection to an SQLite database.
///
/// It blocks: use it on a thread that may, one caller at a time. Opened with a write-ahead log, `synchronous=FULL`
/// (what was committed is on the disk), foreign keys, and a timeout for locks of other processes. Prepared statements
/// are kept, so the texts given to it should be few and constant.
///
/// Sendable because it cannot be copied and every use needs exclusive access; SQLite itself allows a connection to
/// wander between threads.
@safe public struct IndexConnection: ~Copyable, @unchecked Sendable {
    public let path: String
    private let database: OpaquePointer
    private var statements: [String: OpaquePointer] = unsafe [:]

    public enum Mode: Sendable {
        /// Created if absent.
        case create
        case update
        /// Nothing can be changed through it.
        case read
    }

    /// - Parameter busyMilliseconds: How long to wait for a lock of another process.
    public init(path: String, mode: Mode, busyMilliseconds: Int = 10_000) throws(IndexError) {
        var opened: OpaquePointer?
        let flags =
            switch mode {
            case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            case .update: SQLITE_OPEN_READWRITE
            case .read: SQLITE_OPEN_READWRITE  // a reader, too, writes the shared memory of the log; see query_only
            }
        let status = unsafe sqlite3_open_v2(path, &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard status == SQLITE_OK, let database = unsafe opened else {
            let error = unsafe Self.error(opened, path, status)
            _ = unsafe sqlite3_close_v2(opened)
            throw error
        }
        unsafe sqlite3_busy_timeout(database, Int32(clamping: busyMilliseconds))
        let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
        let set = unsafe sqlite3_exec(
            database, settings + (mode == .read ? "PRAGMA query_only = ON" : ""), nil, nil, nil)
        guard set == SQLITE_OK else {
            let error = unsafe Self.error(database, path, set)
            _ = unsafe sqlite3_close_v2(database)
            throw error
        }
        unsafe self.database = unsafe database
        self.path = path
    }

    deinit {
        unsafe statements.values.forEach { unsafe sqlite3_finalize($0) }
        _ = unsafe sqlite3_close_v2(database)
    }

    /// Runs texts that are used once, such as a schema: several statements, without values.
    public mutating func execute(_ script: String) throws(IndexError) {
        let status = unsafe sqlite3_exec(database, script, nil, nil, nil)
        guard status == SQLITE_OK else { throw unsafe Self.error(database, path, status) }
    }

    /// Runs a statement and answers how many rows it changed.
    @discardableResult
    public mutating func run(_ text: String, _ values: [IndexValue] = []) throws(IndexError) -> Int {
        try step(text, values) { _ in true }
        return unsafe Int(sqlite3_changes64(database))
    }

    /// Runs a statement and calls `body` for each row, until it answers false.
    public mutating func forEach(
        _ text: String, _ values: [IndexValue] = [], _ body: (borrowing IndexRow) -> Bool
    ) throws(IndexError) {
        try step(text, values, body)
    }

    /// What `body` makes of each row.
    public mutating func all<Result>(
        _ text: String, _ values: [IndexValue] = [], _ body: (borrowing IndexRow) -> Result
    ) throws(IndexError) -> [Result] {
        var results: [Result] = []
        try step(text, values) { row in
            results.append(body(row))
            return true
        }
        return results
    }

    /// What `body` makes of the first row, or `nil` if there is none.
    public mutating func first<Result>(
        _ text: String, _ values: [IndexValue] = [], _ body: (borrowing IndexRow) -> Result
    ) throws(IndexError) -> Result? {
        var result: Result?
        try step(text, values) { row in
            result = body(row)
            return false
        }
        return result
    }

    /// The id of the row that was inserted last.
    public var lastInsertedID: Int { unsafe Int(sqlite3_last_insert_rowid(database)) }

    /// False between transactions, and after an error that ended one.
    public var isInTransaction: Bool { unsafe sqlite3_get_autocommit(database) == 0 }

    private mutating func step(
        _ text: String, _ values: [IndexValue], _ body: (borrowing IndexRow) -> Bool
    ) throws(IndexError) {
        let statement = unsafe try prepared(text)
        defer {
            unsafe sqlite3_reset(statement)
            unsafe sqlite3_clear_bindings(statement)
        }
        for (index, value) in values.enumerated() {
            let status = unsafe Self.bind(value, to: statement, at: Int32(index + 1))
            guard status == SQLITE_OK else { throw unsafe Self.error(database, path, status) }
        }
        while true {
            let status = unsafe sqlite3_step(statement)
            if status == SQLITE_DONE { return }
            guard status == SQLITE_ROW else { throw unsafe Self.error(database, path, status) }
            guard unsafe body(IndexRow(statement)) else { return }
        }
    }

    private mutating func prepared(_ text: String) throws(IndexError) -> OpaquePointer {
        if let statement = unsafe statements[text] { return unsafe statement }
        var prepared: OpaquePointer?
        let status = unsafe sqlite3_prepare_v3(
            database, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard status == SQLITE_OK, let statement = unsafe prepared else {
            throw unsafe Self.error(database, path, status)
        }
        unsafe statements[text] = unsafe statement
        return unsafe statement
    }

    private static func bind(_ value: IndexValue, to statement: OpaquePointer, at index: Int32) -> Int32 {
        switch value {
        case .null: return unsafe sqlite3_bind_null(statement, index)
        case .integer(let number): return unsafe sqlite3_bind_int64(statement, index, Int64(number))
        case .text(let text):
            var text = text
            return text.withUTF8 { utf8 in
                unsafe penstock_bind_text(statement, index, utf8.baseAddress, Int32(clamping: utf8.count))
            }
        case .textBytes(let bytes):
            return unsafe bytes.withUnsafeBytes { raw in
                unsafe penstock_bind_text(statement, index, raw.baseAddress, Int32(clamping: raw.count))
            }
        case .bytes(let bytes):
            return unsafe bytes.withUnsafeBytes { raw in
                unsafe penstock_bind_blob(statement, index, raw.baseAddress, Int32(clamping: raw.count))
            }
        }
    }

    private static func error(_ database: OpaquePointer?, _ path: String, _ status: Int32) -> IndexError {
        guard let database = unsafe database else {
            return IndexError(path: path, number: status, system: 0, message: "out of memory")
        }
        let message = unsafe String(cString: sqlite3_errmsg(database))
        let system = unsafe sqlite3_system_errno(database)
        return IndexError(path: path, number: status, system: system, message: message)
    }
}
