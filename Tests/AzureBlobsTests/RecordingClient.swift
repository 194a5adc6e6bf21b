import AzureBlobs
import AzureIdentity
import BlobStorage
import FoundationEssentials
import HTTPMessages
import Synchronization
import SystemCalls
import Testing

/// Answers with what it was given, in order, and keeps what it was asked.
final class RecordingClient: HTTPClient {
    struct Sent: Sendable {
        let request: HTTPRequest
        let body: [UInt8]

        /// The request line, the fields in order of their names, and the body: what a golden test compares.
        var text: String {
            let fields = request.fields.all.map { "\($0.name.lowercased()): \($0.value)" }.sorted()
            let line = "\(request.method.rawValue) \(request.url.target)"
            return ([line] + fields + (body.isEmpty ? [] : [String(decoding: body, as: UTF8.self)])).joined(
                separator: "\n")
        }
    }

    private let state: Mutex<(answers: [Result<HTTPResponse, HTTPFailure>], sent: [Sent])>

    /// Whether answers say the CRC-64 of the body, as the service's do.
    private let echoesSums: Bool

    init(echoesSums: Bool = true, _ answers: Result<HTTPResponse, HTTPFailure>...) {
        self.echoesSums = echoesSums
        state = Mutex((answers, []))
    }

    var sent: [Sent] { state.withLock { $0.sent } }

    func send(_ request: HTTPRequest, body: Span<UInt8>, limit: Int) async throws -> HTTPResponse {
        try next(Sent(request: request, body: [UInt8](copying: body)))
    }

    func receive(_ request: HTTPRequest, into buffer: inout OutputSpan<UInt8>) async throws -> HTTPResponse {
        var response = try next(Sent(request: request, body: []))
        guard response.isSuccess else { return response }
        guard response.body.count <= buffer.freeCapacity else {
            throw HTTPFailure(kind: .bodyTooLarge, peer: "recorded", detail: "")
        }
        buffer.append(copying: response.body.span)
        response.body = []
        return response
    }

    private func next(_ sent: Sent) throws -> HTTPResponse {
        try state.withLock { state in
            state.sent.append(sent)
            guard !state.answers.isEmpty else {
                throw HTTPFailure(kind: .refused, peer: "recorded", detail: "no answer left")
            }
            var answer = try state.answers.removeFirst().get()
            let sum = sent.request.fields["x-ms-content-crc64"]
            if echoesSums, answer.isSuccess, let sum, answer.fields["x-ms-content-crc64"] == nil {
                answer.fields["x-ms-content-crc64"] = sum
            }
            return answer
        }
    }

    /// An account that speaks through this client: anonymous, at a fixed time, with request ids of zeros.
    func account(
        _ endpoint: String = "https://acct.blob.core.windows.net", credential: Credential = .anonymous
    ) throws -> RESTAccount {
        RESTAccount(
            ServiceConnection(
                endpoint: try #require(HTTPURL(endpoint)), credential: credential, client: self,
                now: { Date(timeIntervalSince1970: 1_710_495_000) }, random: { 0 }))
    }

    func store(_ endpoint: String = "https://acct.blob.core.windows.net") throws -> any BlobStore {
        try account(endpoint).store(of: try ContainerName("dumps"))
    }
}

extension HTTPResponse {
    /// What a write answers.
    static let written = HTTPResponse(
        status: 201, fields: ["ETag": "\"0x1\"", "Last-Modified": "Fri, 15 Mar 2024 09:30:00 GMT"])

    static func document(_ body: [UInt8], _ fields: HTTPFields = [:]) -> HTTPResponse {
        HTTPResponse(status: 200, fields: fields, body: body)
    }
}
