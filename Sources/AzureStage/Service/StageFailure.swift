import HTTPListener
import HTTPMessages

/// An answer that says why something was not done, in the shape of whichever service says it.
struct StageFailure: Error, Sendable {
    /// Who speaks, which decides the shape.
    enum Service: Sendable {
        /// `{"error":"invalid_client","error_description":"AADSTS7000215: …"}`.
        case entra
        /// `{"error":"invalid_request","error_description":"…"}`.
        case metadata
        /// `{"error":{"code":"…","message":"…"}}`.
        case management
    }

    var status: Int
    /// Such as `AuthorizationFailed`, or `invalid_client`.
    var code: String
    var message: String
    /// The number behind `AADSTS`.
    var number: Int?
    /// The code inside, of Key Vault.
    var inner: String?
    var fields: HTTPFields = [:]
    var service = Service.management

    init(_ status: Int, _ code: String, _ message: String, inner: String? = nil, fields: HTTPFields = [:]) {
        self.status = status
        self.code = code
        self.message = message
        self.inner = inner
        self.fields = fields
    }

    static func malformed(_ reason: String) -> StageFailure {
        StageFailure(400, "InvalidRequestContent", "The request cannot be understood: \(reason).")
    }

    static let tooLarge = StageFailure(413, "RequestContentTooLarge", "The body is larger than 1 MiB.")

    static let nothingHere = StageFailure(404, "NotFound", "The stage has nothing at this address.")

    static func method(_ method: String) -> StageFailure {
        StageFailure(405, "MethodNotAllowed", "The stage does not do \(method.prefix(16)) at this address.")
    }

    static func throttled(_ seconds: Int) -> StageFailure {
        StageFailure(
            429, "TooManyRequests", "Too many requests; try again later.", fields: ["Retry-After": String(seconds)])
    }

    /// The answer's document; its time and ids are those of the answer.
    func document(time: String, id: String) -> JSONValue {
        switch service {
        case .entra:
            let mark = number.map { "AADSTS\($0): " } ?? ""
            return [
                "error": .text(code),
                "error_description": .text(
                    "\(mark)\(message) Trace ID: \(id) Correlation ID: \(id) Timestamp: \(time)"),
                "error_codes": .list(number.map { [.number(Double($0))] } ?? []),
                "timestamp": .text(time), "trace_id": .text(id), "correlation_id": .text(id),
            ]
        case .metadata: return ["error": .text(code), "error_description": .text(message)]
        case .management:
            var error: JSONValue = ["code": .text(code), "message": .text(message)]
            if let inner { error["innererror"] = ["code": .text(inner)] }
            return ["error": error]
        }
    }
}
