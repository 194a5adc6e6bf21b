import FoundationEssentials
import TestSupport

/// A conversation with the real service, as far as the tests look at it.
struct RecordedExchange: Decodable {
    struct Request: Decodable {
        let method: String
        let uri: String
        let headers: [String: String]
    }
    struct Response: Decodable {
        let status: Int
        let headers: [String: String]
    }

    let request: Request
    let response: Response

    static func all() throws -> [RecordedExchange] {
        try JSONDecoder().decode([RecordedExchange].self, from: Data(Fixtures.bytes("blob-xml/http-exchanges.json")))
    }

    /// The names of the fields the service answered such an operation with, without those of features not kept here.
    static func fields(of operation: String) throws -> Set<String>? {
        let found = try all().first { exchange in
            let isBlob = exchange.request.uri.split(separator: "?")[0].split(separator: "/").count > 3
            let query = exchange.request.uri.split(separator: "?").dropFirst().first ?? ""
            let isRange = exchange.request.headers["x-ms-range"] != nil
            let type = exchange.request.headers["x-ms-blob-type"]
            guard (200..<300).contains(exchange.response.status), type == nil || type == "BlockBlob" else {
                return false
            }
            return switch (operation, exchange.request.method) {
            case ("create container", "PUT"): query == "restype=container"
            case ("put blob", "PUT"): isBlob && query.isEmpty && type != nil && exchange.response.status == 201
            case ("put block", "PUT"): query.contains("comp=block&")
            case ("put block list", "PUT"): query == "comp=blocklist"
            case ("get range", "GET"): isBlob && query.isEmpty && isRange
            case ("head", "HEAD"): isBlob && query.isEmpty
            case ("get metadata", "GET"): isBlob && query == "comp=metadata"
            case ("delete", "DELETE"): isBlob && query.isEmpty
            default: false
            }
        }
        return found.map { exchange in
            Set(
                exchange.response.headers.keys.map { $0.lowercased() }.filter { name in
                    !["vary", "x-ms-tag-count", "x-ms-blob-committed-block-count"].contains(name)
                        && !name.hasPrefix("x-ms-meta-")
                })
        }
    }
}
