import CPostgres

extension Session {
    struct Setting: Sendable {
        let keyword: String
        /// The environment variable that sets it, if there is one.
        let variable: String?
        /// libpq's built-in default.
        let standard: String?
        let value: String?
    }

    /// The settings in force, wherever they came from; passwords among them.
    func settings() -> [Setting] {
        guard let options = unsafe PQconninfo(connection) else { return [] }
        defer { unsafe PQconninfoFree(options) }
        var settings: [Setting] = []
        var next = unsafe options
        while let keyword = unsafe next.pointee.keyword {
            settings.append(
                Setting(
                    keyword: unsafe String(cString: keyword), variable: unsafe Self.text(next.pointee.envvar),
                    standard: unsafe Self.text(next.pointee.compiled), value: unsafe Self.text(next.pointee.val)))
            unsafe next += 1
        }
        return settings
    }

    var host: String? { unsafe Self.text(PQhost(connection)) }
    var port: String? { unsafe Self.text(PQport(connection)) }
    var user: String? { unsafe Self.text(PQuser(connection)) }
    var database: String? { unsafe Self.text(PQdb(connection)) }
    var address: String? { unsafe Self.text(PQhostaddr(connection)) }
    /// Also when it came from the password file.
    var password: String? { unsafe Self.text(PQpass(connection)) }
    var versionNumber: Int { Int(unsafe PQserverVersion(connection)) }
    var versionText: String { unsafe Self.text(PQparameterStatus(connection, "server_version")) ?? "" }

    /// The server process that answered when we connected, or what a pool of connections says in its place.
    var processID: Int { Int(unsafe PQbackendPID(connection)) }
    /// Whether a transaction is open that has not failed.
    var isInTransaction: Bool { unsafe PQtransactionStatus(connection) == PQTRANS_INTRANS }

    /// `nil` for what is missing or empty.
    private static func text(_ pointer: UnsafePointer<CChar>?) -> String? {
        let text = unsafe pointer.map { unsafe String(cString: $0) }
        return text?.isEmpty == true ? nil : text
    }

    private static func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String? {
        unsafe text(pointer.map { unsafe UnsafePointer($0) })
    }
}
