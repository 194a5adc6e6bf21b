import HTTPListener
import HTTPMessages

/// The answer to a batch: one response a part, in the order of the parts.
struct BatchAnswer {
    private let boundary: String
    private var bytes: [UInt8] = []

    /// - Parameter id: Unlike every line of an answer.
    init(id: String) { boundary = "batchresponse_\(id)" }

    mutating func append(_ reply: Reply, contentID: String?) {
        var head = "--\(boundary)\r\nContent-Type: application/http\r\n"
        if let contentID { head += "Content-ID: \(contentID)\r\n" }
        head += "\r\nHTTP/1.1 \(reply.status) \(Self.reason(reply.status))\r\n"
        for field in reply.fields.all { head += "\(field.name): \(field.value)\r\n" }
        var content: [UInt8] = []
        // Neither of the two operations answers anything but a failure's document.
        if case .bytes(let document) = reply.body { content = document }
        if !content.isEmpty { head += "Content-Length: \(content.count)\r\n" }
        bytes += Array((head + "\r\n").utf8) + content
        if !content.isEmpty { bytes += Array("\r\n".utf8) }
    }

    var reply: Reply {
        Reply(
            status: 202, fields: ["Content-Type": "multipart/mixed; boundary=\(boundary)"],
            body: .bytes(bytes + Array("--\(boundary)--\r\n".utf8)))
    }

    private static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 202: "Accepted"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 409: "Conflict"
        case 412: "Precondition Failed"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        default: "Internal Server Error"
        }
    }
}
