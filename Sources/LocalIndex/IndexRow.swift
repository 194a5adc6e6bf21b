import CSQLite

/// The row a statement stands on; columns are numbered from 0.
///
/// It is valid only inside the closure that was handed it.
@safe public struct IndexRow: ~Copyable {
    private let statement: OpaquePointer

    init(_ statement: OpaquePointer) { unsafe self.statement = unsafe statement }

    public func isNull(_ column: Int) -> Bool {
        unsafe sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL
    }

    /// 0 for `NULL`.
    public func integer(_ column: Int) -> Int {
        Int(unsafe sqlite3_column_int64(statement, Int32(column)))
    }

    /// `nil` for `NULL`; bytes that are no UTF-8 are repaired.
    public func text(_ column: Int) -> String? {
        isNull(column) ? nil : String(decoding: rawBytes(column), as: UTF8.self)
    }

    /// `nil` for `NULL`.
    public func bytes(_ column: Int) -> [UInt8]? {
        isNull(column) ? nil : rawBytes(column)
    }

    private func rawBytes(_ column: Int) -> [UInt8] {
        // sqlite3_column_blob of a text column answers its UTF-8 bytes, and must come before sqlite3_column_bytes.
        guard let start = unsafe sqlite3_column_blob(statement, Int32(column)) else { return [] }
        let count = unsafe sqlite3_column_bytes(statement, Int32(column))
        return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: Int(count)))
    }
}
