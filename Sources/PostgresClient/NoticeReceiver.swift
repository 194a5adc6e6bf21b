import CPostgres
import Diagnostics

/// Passes the server's notices to a log.
final class NoticeReceiver: Sendable {
    let log: Log

    init(_ log: Log) { self.log = log }

    /// Makes `connection` report to this receiver, which must live as long as the connection.
    func attach(to connection: OpaquePointer) {
        unsafe PQsetNoticeReceiver(
            connection,
            { context, result in
                guard let context = unsafe context, let result = unsafe result else { return }
                unsafe Unmanaged<NoticeReceiver>.fromOpaque(context).takeUnretainedValue().receive(result)
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    private func receive(_ result: OpaquePointer) {
        let severity = unsafe ResultText.field(penstock_field_severity, of: result) ?? ""
        let metadata: KeyValuePairs = [
            "severity": severity, "state": unsafe ResultText.field(penstock_field_sqlstate, of: result) ?? "",
            "text": unsafe ResultText.field(penstock_field_message, of: result) ?? "",
        ]
        switch severity {
        case "WARNING": log.warning("the server warns", metadata)
        case "NOTICE", "INFO": log.info("the server notes", metadata)
        default: log.debug("the server says", metadata)
        }
    }
}

/// Text out of libpq's results.
enum ResultText {
    static func field(_ field: Int32, of result: OpaquePointer) -> String? {
        unsafe PQresultErrorField(result, field).map { unsafe String(cString: $0) }
    }

    static func error(of result: OpaquePointer) -> PostgresError {
        let state = unsafe field(penstock_field_sqlstate, of: result)
        let message = unsafe field(penstock_field_message, of: result) ?? String(cString: PQresultErrorMessage(result))
        return PostgresError(
            kind: state.map { PostgresError.Kind(sqlState: $0, connecting: false) } ?? .connectionLost,
            sqlState: state, message: message,
            detail: unsafe field(penstock_field_detail, of: result),
            hint: unsafe field(penstock_field_hint, of: result))
    }

    static func rows(of result: OpaquePointer) -> QueryResult {
        let columns = unsafe PQnfields(result)
        let rows = unsafe (0..<PQntuples(result)).map { row in
            (0..<columns).map { unsafe value(of: result, row, $0) }
        }
        return QueryResult(
            columns: (0..<columns).map { unsafe String(cString: PQfname(result, $0)) }, rows: rows,
            command: unsafe String(cString: PQcmdStatus(result)))
    }

    private static func value(of result: OpaquePointer, _ row: Int32, _ column: Int32) -> String? {
        unsafe PQgetisnull(result, row, column) == 1 ? nil : String(cString: PQgetvalue(result, row, column))
    }
}
