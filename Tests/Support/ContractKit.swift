import BlobStorage
import ByteStreams
import CryptoDigests
import HTTPMessages
import SystemCalls
import Testing

/// What a case of the contract works with: a container of its own, and short words for the common steps.
struct ContractKit: Sendable {
    let account: any BlobAccount
    let container: ContainerName
    let store: any BlobStore

    init(account: any BlobAccount) throws {
        self.account = account
        container = try Self.freshName()
        store = account.store(of: container)
    }

    static func freshName() throws -> ContainerName {
        try ContainerName("contract-" + String(UInt64.random(in: .min ... .max), radix: 36))
    }

    /// A store of a container that is not there.
    func missingStore() throws -> any BlobStore { account.store(of: try Self.freshName()) }

    func stage(_ text: String, as id: BlockID, of blob: BlobName) async throws {
        try await store.stage(Array(text.utf8).span, as: id, of: blob)
    }

    @discardableResult
    func commit(
        _ ids: [BlockID], to blob: BlobName, attributes: BlobAttributes = BlobAttributes(),
        if condition: AccessCondition = .always
    ) async throws -> WrittenBlob {
        try await store.commit(ids.map { BlockReference($0) }, to: blob, attributes: attributes, if: condition)
    }

    @discardableResult
    func put(
        _ text: String, to blob: BlobName, attributes: BlobAttributes = BlobAttributes(),
        if condition: AccessCondition = .always
    ) async throws -> WrittenBlob {
        try await store.put(Array(text.utf8).span, to: blob, attributes: attributes, if: condition)
    }

    /// The whole of a small blob.
    func text(of blob: BlobName) async throws -> String {
        let size = try await store.properties(of: blob, if: .always).size
        guard size > 0 else { return "" }
        return String(decoding: try await bytes(of: blob, ByteRange(0..<size)).bytes, as: UTF8.self)
    }

    func bytes(
        of blob: BlobName, _ range: ByteRange, if condition: AccessCondition = .always, room: Int = 1 << 20
    ) async throws -> (bytes: [UInt8], properties: BlobProperties) {
        var properties: BlobProperties?
        let bytes = try await [UInt8].filled(capacity: room) { buffer in
            properties = try await store.read(blob, range: range, if: condition, into: &buffer)
        }
        return (bytes, try #require(properties))
    }

    func names(_ query: BlobQuery = BlobQuery()) async throws -> [String] {
        try await pages(query).flatMap(\.entries).map(\.label)
    }

    /// Every page of a listing; no page may hold more than was asked for.
    func pages(_ query: BlobQuery) async throws -> [BlobPage] {
        var query = query
        var pages: [BlobPage] = []
        repeat {
            let page = try await store.list(query)
            #expect(page.entries.count <= query.limit)
            pages.append(page)
            query.marker = page.next
            try #require(pages.count < 10_000, "the listing does not end")
        } while query.marker != nil
        return pages
    }
}

/// Expects `body` to be refused with an error of that kind.
func expectRefusal(
    _ kind: BlobStoreError.Kind, _ location: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async {
    do {
        try await body()
        Issue.record("\(kind) was expected, but it was done", sourceLocation: location)
    } catch let error as BlobStoreError {
        #expect(error.kind == kind, sourceLocation: location)
    } catch {
        Issue.record("\(kind) was expected, not \(error)", sourceLocation: location)
    }
}

extension BlobPage.Entry {
    /// The name; a folded prefix in angle brackets, an uncommitted blob in round ones.
    var label: String {
        switch self {
        case .blob(let name, _): name.text
        case .prefix(let text): "<\(text)>"
        case .uncommitted(let name): "(\(name.text))"
        }
    }
}

extension BlobAttributes {
    /// True if a store that was given `self` may answer `found`: it may fill in what was left out where the service
    /// does, and metadata names may lose their case on the way through HTTP.
    func isKept(in found: BlobAttributes) -> Bool {
        var expected = self
        var found = found
        if contentType == nil, found.contentType == "application/octet-stream" { found.contentType = nil }
        if contentMD5 == nil { found.contentMD5 = nil }
        expected.metadata = Self.folded(metadata)
        found.metadata = Self.folded(found.metadata)
        return expected == found
    }

    private static func folded(_ metadata: [String: String]) -> [String: String] {
        Dictionary(metadata.map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first })
    }
}

/// The id whose Base64 holds that text.
func block(_ text: String) throws -> BlockID { try #require(BlockID(text: Base64.encode(Array(text.utf8)))) }

func blob(_ text: String) throws -> BlobName { try BlobName(text) }
