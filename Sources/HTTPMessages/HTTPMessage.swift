public enum HTTPMethod: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case put = "PUT"
    case patch = "PATCH"
    case post = "POST"
    case delete = "DELETE"
    case options = "OPTIONS"
}

/// A request without its body, which travels beside it.
public struct HTTPRequest: Sendable {
    public var method: HTTPMethod
    public var url: HTTPURL
    public var fields: HTTPFields

    public init(_ method: HTTPMethod, _ url: HTTPURL, fields: HTTPFields = [:]) {
        self.method = method
        self.url = url
        self.fields = fields
    }
}

/// An answer whose body, if it was not written elsewhere, is small enough to hold.
public struct HTTPResponse: Sendable {
    public var status: Int
    public var fields: HTTPFields
    public var body: [UInt8]

    public init(status: Int, fields: HTTPFields = [:], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    public var isSuccess: Bool { (200..<300).contains(status) }
}
