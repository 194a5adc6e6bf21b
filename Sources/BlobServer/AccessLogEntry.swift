import Diagnostics
import FoundationEssentials
import HTTPListener
import HTTPMessages

/// What the log says of one request, with signatures left out.
struct AccessLogEntry: Sendable {
    let id: String
    private let method: String
    private let target: String
    private let peer: String
    private let length: ListenerRequest.Length
    private let start: Date
    var operation = "unknown"
    var version = ServiceRequest.defaultVersion
    var status = 0
    private var code = ""
    /// What went wrong inside, which the client was not told.
    private var failure: Explanation?

    init(_ head: ListenerRequest, id: String, start: Date) {
        self.id = id
        self.start = start
        method = head.method
        target = Self.redacted(head.target)
        peer = head.peer
        length = head.length
    }

    mutating func note(_ error: any Error, _ failure: ServiceFailure) {
        code = failure.code
        if !(error is ServiceFailure), failure.status >= 500 { self.failure = Explanation(error) }
    }

    func write(_ end: Reply.End, to log: Log, now: Date) {
        let milliseconds = String(Int((now.timeIntervalSince(start) * 1000).rounded()))
        let received: String = if case .known(let count) = length { String(count) } else { "0" }
        log.info(
            "request",
            [
                "id": id, "operation": operation, "method": method, "target": target, "peer": peer,
                "status": String(status), "code": code, "received": received, "sent": String(end.bytes),
                "complete": String(end.isComplete), "milliseconds": milliseconds,
            ])
        guard let failure else { return }
        log.warning(
            "request failed", ["id": id, "operation": operation, "error": failure.code, "text": failure.text])
    }

    /// The target without the value of any `sig`, however it is written, and without line breaks.
    static func redacted(_ target: String) -> String {
        let parts = RequestTarget(target)
        guard parts.path.endIndex < target.endIndex else { return target }
        return "\(parts.path)?\(HTTPURL.withoutSignature(parts.query))"
    }
}
