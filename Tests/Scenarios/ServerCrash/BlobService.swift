import AzureIdentity
import CryptoDigests
import FoundationEssentials
import HTTPMessages
import HTTPTransport
import MarkupXML
import TestSupport
import Testing

/// A container of a running server, spoken to in plain requests, so that every answer and every silence is seen.
struct BlobService: Sendable {
    struct Call: Sendable {
        var method: HTTPMethod
        var query: HTTPQuery = [:]
        var fields: HTTPFields = [:]
        var body: ArraySlice<UInt8> = []
    }

    /// An answer that nobody should have got.
    struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    private static let container = "crash"

    private let endpoint: HTTPURL
    private let credential: Credential
    private let client: CurlClient

    /// - Parameters:
    ///   - account: The URL of the account.
    ///   - width: The most requests at a time.
    init(account: String, width: Int) throws {
        endpoint = try #require(HTTPURL(account))
        credential = .sharedKey(try SharedKey.emulator())
        client = CurlClient(width: width)
    }

    func url(of blob: String = "", snapshot: String? = nil) -> HTTPURL {
        var url = endpoint
        url.path += "/\(Self.container)" + (blob.isEmpty ? "" : "/\(blob)")
        if let snapshot { url.query = HTTPQuery(dictionaryLiteral: ("snapshot", snapshot)).encoded }
        return url
    }

    /// Sends a request about a blob, or about the container; throws only where no answer came.
    func send(_ call: Call, about blob: String = "") async throws -> HTTPResponse {
        var request = HTTPRequest(call.method, url(of: blob), fields: call.fields)
        request.url.query = call.query.encoded
        request.fields["x-ms-version"] = "2021-12-02"
        try await credential.authorize(&request, contentLength: call.body.count, now: Date())
        return try await client.send(request, body: call.body.span, limit: 64 << 20)
    }

    func createContainer() async throws {
        let response = try await send(Call(method: .put, query: ["restype": "container"]))
        try #require(response.status == 201)
    }

    // MARK: - Looking

    /// What a listing says of a blob, a snapshot, or a name with nothing but staged blocks.
    struct Entry: Sendable, Equatable {
        let name: String
        let snapshot: String?
        let size: Int
        /// `nil` where nothing is committed.
        let tag: String?
        let metadata: [String: String]
        let tags: [String: String]
    }

    /// Everything there is under a prefix, page after page.
    func list(prefix: String = "", limit: Int = 20) async throws -> [Entry] {
        var entries: [Entry] = []
        var marker = ""
        repeat {
            var query: HTTPQuery = [
                "restype": "container", "comp": "list", "maxresults": String(limit),
                "include": "snapshots,metadata,tags,uncommittedblobs",
            ]
            if !prefix.isEmpty { query.append("prefix", prefix) }
            if !marker.isEmpty { query.append("marker", marker) }
            let page = try XMLReader.read(try await answer(Call(method: .get, query: query), about: "").body)
            entries += try #require(page["Blobs"]).all("Blob").map(Self.entry)
            marker = page.text(of: "NextMarker") ?? ""
        } while !marker.isEmpty
        return entries
    }

    /// All that the server has of a blob; the snapshots are those that a listing named.
    func look(at blob: String, snapshots: [String]) async throws -> SeenBlob {
        var seen = SeenBlob()
        let lists = try await self.lists(of: blob, snapshot: nil)
        seen.staged = lists?.staged ?? []
        seen.state = try await state(of: blob, snapshot: nil, blocks: lists?.committed ?? [])
        for id in snapshots {
            let blocks = try await self.lists(of: blob, snapshot: id)?.committed ?? []
            seen.snapshots[id] = try await state(of: blob, snapshot: id, blocks: blocks)
        }
        return seen
    }

    private func state(of blob: String, snapshot: String?, blocks: [SeenBlob.Block]) async throws -> SeenBlob.State? {
        let response = try await send(Call(method: .get, query: Self.query([:], snapshot)), about: blob)
        if response.status == 404 { return nil }
        guard response.isSuccess else { throw Self.refusal(response, blob) }
        let document = try await answer(Call(method: .get, query: Self.query(["comp": "tags"], snapshot)), about: blob)
        let metadata = response.fields.all.filter { $0.name.lowercased().hasPrefix("x-ms-meta-") }
        return SeenBlob.State(
            size: response.body.count, digest: Digest.of(response.body.span, .sha256), blocks: blocks,
            metadata: Dictionary(metadata.map { (String($0.name.lowercased().dropFirst(10)), $0.value) }) { $1 },
            tags: Self.tags(try XMLReader.read(document.body)), tag: Self.bare(response.fields["ETag"] ?? ""))
    }

    /// The block lists; `nil` for an append blob, and where there is nothing.
    private func lists(
        of blob: String, snapshot: String?
    ) async throws -> (committed: [SeenBlob.Block], staged: [SeenBlob.Block])? {
        let query = Self.query(["comp": "blocklist", "blocklisttype": snapshot == nil ? "all" : "committed"], snapshot)
        let response = try await send(Call(method: .get, query: query), about: blob)
        if response.status == 404 || response.status == 409 { return nil }
        guard response.isSuccess else { throw Self.refusal(response, blob) }
        let document = try XMLReader.read(response.body)
        func blocks(_ place: String) throws -> [SeenBlob.Block] {
            try (document[place]?.all("Block") ?? []).map {
                SeenBlob.Block(
                    id: try #require($0.text(of: "Name")), size: try #require($0.text(of: "Size").flatMap { Int($0) }))
            }
        }
        return (try blocks("CommittedBlocks"), try blocks("UncommittedBlocks"))
    }

    private func answer(_ call: Call, about blob: String) async throws -> HTTPResponse {
        let response = try await send(call, about: blob)
        guard response.isSuccess else { throw Self.refusal(response, blob) }
        return response
    }

    // MARK: - Documents

    static func refusal(_ response: HTTPResponse, _ subject: String) -> Refused {
        Refused(description: "\(subject): \(response.status) \(String(decoding: response.body, as: UTF8.self))")
    }

    /// A tag without the quotation marks, which a listing leaves out.
    static func bare(_ tag: String) -> String { tag.filter { $0 != "\"" } }

    private static func query(_ query: HTTPQuery, _ snapshot: String?) -> HTTPQuery {
        var query = query
        if let snapshot { query.append("snapshot", snapshot) }
        return query
    }

    private static func entry(_ blob: XMLElement) throws -> Entry {
        Entry(
            name: try #require(blob.text(of: "Name")), snapshot: blob.text(of: "Snapshot"),
            size: blob["Properties"]?.text(of: "Content-Length").flatMap { Int($0) } ?? 0,
            tag: blob["Properties"]?.text(of: "Etag").map(bare),
            metadata: Dictionary((blob["Metadata"]?.children ?? []).map { ($0.name.lowercased(), $0.text) }) { $1 },
            tags: blob["Tags"].map(tags) ?? [:])
    }

    /// Of a document of tags, or of a listing's element for them.
    private static func tags(_ document: XMLElement) -> [String: String] {
        let tags = document["TagSet"]?.all("Tag") ?? []
        return Dictionary(tags.map { ($0.text(of: "Key") ?? "", $0["Value"]?.text ?? "") }) { $1 }
    }
}
