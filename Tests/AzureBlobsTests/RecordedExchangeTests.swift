import AzureBlobs
import BlobStorage
import FoundationEssentials
import HTTPMessages
import SystemCalls
import TestSupport
import Testing

/// `fixtures/blob-xml/http-exchanges.json`: whole conversations with the service.
struct RecordedExchange: Decodable, CustomTestStringConvertible, Sendable {
    struct Request: Decodable {
        let method: String
        let uri: String
        let headers: [String: String]
    }
    struct Response: Decodable {
        let status: Int
        let headers: [String: String]
        let body: String
    }
    let recording: String
    let interaction: Int
    let request: Request
    let response: Response

    var testDescription: String { "\(recording) \(interaction)" }

    /// The method with `comp` and `restype`, and `blob` or `container` for what the path names.
    var operation: String {
        guard let url = HTTPURL(request.uri), let query = HTTPQuery(encoded: url.query) else { return "" }
        let parts = url.path.split(separator: "/")
        return [request.method, query["comp"], query["restype"], parts.count > 1 ? "blob" : nil]
            .compactMap(\.self).joined(separator: " ")
    }

    var answer: HTTPResponse {
        var fields = HTTPFields()
        for (name, value) in response.headers { fields.append(name, value) }
        return HTTPResponse(status: response.status, fields: fields, body: Array(response.body.utf8))
    }

    static func of(_ operations: String..., status: ClosedRange<Int> = 200...299) -> [RecordedExchange] {
        guard let bytes = try? Fixtures.bytes("blob-xml/http-exchanges.json"),
            let all = try? JSONDecoder().decode([RecordedExchange].self, from: Data(bytes))
        else { return [] }
        return all.filter { operations.contains($0.operation) && status.contains($0.response.status) }
    }
}

@Suite("Recorded conversations with the service")
struct RecordedExchangeTests {
    private let attributes = BlobAttributes()

    @Test("are there")
    func complete() {
        #expect(RecordedExchange.of("HEAD blob").count == 10)
        #expect(RecordedExchange.of("GET blob").count == 14)
        #expect(RecordedExchange.of("PUT blob", "PUT blocklist blob").count >= 40)
    }

    @Test("tell the state of a blob", arguments: RecordedExchange.of("HEAD blob"))
    func heads(exchange: RecordedExchange) async throws {
        var answer = exchange.answer
        answer.body = []
        let found = try await RecordingClient(.success(answer)).store().properties(of: BlobName("a"), if: .always)
        #expect(String(found.size) == exchange.response.headers["content-length"])
        #expect(found.tag.text == exchange.response.headers["etag"])
        #expect(HTTPDate.format(found.lastModified) == exchange.response.headers["last-modified"])
        #expect(found.attributes.contentType == exchange.response.headers["content-type"])
        #expect(found.attributes.metadata.count == exchange.response.headers.keys.count { $0.hasPrefix("x-ms-meta-") })
    }

    @Test("give the bytes that were asked for", arguments: RecordedExchange.of("GET blob"))
    func reads(exchange: RecordedExchange) async throws {
        let header = exchange.request.headers["x-ms-range"] ?? exchange.request.headers["range"] ?? ""
        let range = try #require(ByteRange(header: header))
        let content = try #require(ContentRange(header: exchange.response.headers["content-range"] ?? ""))
        var answer = exchange.answer
        // Bodies that are no text were recorded with losses; their length is what matters here.
        answer.body = Array(repeating: 7, count: content.bytes.count)
        let store = try RecordingClient(.success(answer)).store()
        var found: BlobProperties?
        let bytes = try await [UInt8].filled(capacity: content.bytes.count) { buffer in
            found = try await store.read(BlobName("a"), range: range, if: .always, into: &buffer)
        }
        #expect(bytes == answer.body)
        #expect(found?.size == content.total && found?.tag.text == exchange.response.headers["etag"])
    }

    @Test("acknowledge writes", arguments: RecordedExchange.of("PUT blob", "PUT blocklist blob", status: 201...201))
    func writes(exchange: RecordedExchange) async throws {
        // The checksum of another body would rightly be taken for damage.
        var answer = exchange.answer
        answer.fields["x-ms-content-crc64"] = nil
        let store = try RecordingClient(.success(answer)).store()
        let written = try await store.put([1].span, to: BlobName("a"), attributes: attributes, if: .always)
        #expect(written.tag.text == exchange.response.headers["etag"])
    }

    @Test(
        "refuse with a code",
        arguments: RecordedExchange.of(
            "GET blob", "HEAD blob", "DELETE blob", "PUT blob", "PUT blocklist blob", "PUT snapshot blob",
            status: 300...599))
    func refusals(exchange: RecordedExchange) async throws {
        let store = try RecordingClient(.success(exchange.answer)).store()
        let thrown = await #expect(throws: BlobStoreError.self) { try await store.delete(BlobName("a"), if: .always) }
        let error = try #require(thrown)
        let service = try #require(error.service)
        #expect(service.status == exchange.response.status)
        // Very old versions say it in the document alone.
        let said = exchange.response.headers["x-ms-error-code"]
        #expect(said.map { $0 == service.code } ?? exchange.response.body.contains("<Code>\(service.code)</Code>"))
        #expect(service.requestID == exchange.response.headers["x-ms-request-id"])
        #expect(error.kind != .corrupt && error.kind != .serverFailure)
        #expect(!error.isTransient)
    }

    @Test("answer for containers", arguments: RecordedExchange.of("PUT container", status: 200...409))
    func containers(exchange: RecordedExchange) async throws {
        let account = try RecordingClient(.success(exchange.answer)).account()
        let name = try ContainerName("dumps")
        if exchange.response.status == 201 {
            let made = try await account.create(name, metadata: [:])
            #expect(made.tag.text == exchange.response.headers["etag"])
        } else {
            let error = await #expect(throws: BlobStoreError.self) { try await account.create(name, metadata: [:]) }
            #expect([.containerAlreadyExists, .notAuthorized, .containerBeingDeleted].contains(error?.kind))
        }
    }
}
