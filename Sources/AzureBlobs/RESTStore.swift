import BlobStorage
import ByteStreams
import CryptoDigests
import HTTPMessages

/// One container reached over the service's REST interface.
///
/// Every body that is sent carries its CRC-64, which the service checks before it takes the body.
struct RESTStore: BlobStore {
    let connection: ServiceConnection
    let container: ContainerName

    func stage(_ bytes: Span<UInt8>, as id: BlockID, of blob: BlobName) async throws {
        try checkSize(bytes.count, 1...BlobLimits.block, of: blob)
        let request = connection.request(
            .put, container, blob, query: ["comp": "block", "blockid": id.text])
        _ = try await write(request, bytes, of: blob)
    }

    func commit(
        _ blocks: [BlockReference], to blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        guard blocks.count <= BlobLimits.blocks else { throw subject(blob).error(.blockListTooLong) }
        var fields = HTTPFields()
        fields.set(attributes)
        fields.set(condition)
        let request = connection.request(.put, container, blob, query: ["comp": "blocklist"], fields: fields)
        return try written(try await write(request, ListingDocument.commit(blocks).span, of: blob), blob)
    }

    func put(
        _ bytes: Span<UInt8>, to blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        try checkSize(bytes.count, 0...BlobLimits.put, of: blob)
        var fields: HTTPFields = ["x-ms-blob-type": "BlockBlob"]
        fields.set(attributes)
        fields.set(condition)
        return try written(
            try await write(connection.request(.put, container, blob, fields: fields), bytes, of: blob), blob)
    }

    /// Two requests: the answer to the first tells of the blob's state its tag alone.
    ///
    /// They are made again, three times at most, while somebody commits in between.
    func blockList(of blob: BlobName) async throws -> BlockList {
        for _ in 0..<2 {
            do {
                return try await readBlockList(of: blob)
            } catch let error as BlobStoreError where error.kind == .conditionNotMet {
                continue
            }
        }
        return try await readBlockList(of: blob)
    }

    func read(
        _ blob: BlobName, range: ByteRange, if condition: AccessCondition, into buffer: inout OutputSpan<UInt8>
    ) async throws -> BlobProperties {
        let subject = subject(blob)
        var fields: HTTPFields = ["x-ms-range": range.header]
        fields.set(condition)
        let before = buffer.count
        let request = connection.request(.get, container, blob, fields: fields)
        let response = try await connection.receive(request, into: &buffer, about: subject)
        let properties = response.fields.properties(isRange: response.status == 206)
        guard let properties, Self.isRight(response, range, properties.size, buffer.count - before) else {
            buffer.removeLast(buffer.count - before)
            throw subject.error(.corrupt)
        }
        return properties
    }

    func properties(of blob: BlobName, if condition: AccessCondition) async throws -> BlobProperties {
        let subject = subject(blob)
        var fields = HTTPFields()
        fields.set(condition)
        let response = try await connection.send(
            connection.request(.head, container, blob, fields: fields), about: subject)
        guard let properties = response.fields.properties(isRange: false) else { throw subject.error(.corrupt) }
        return properties
    }

    func delete(_ blob: BlobName, if condition: AccessCondition) async throws {
        var fields = HTTPFields()
        fields.set(condition)
        let request = connection.request(.delete, container, blob, fields: fields)
        _ = try await connection.send(request, about: subject(blob))
    }

    func list(_ query: BlobQuery) async throws -> BlobPage {
        let subject = Subject(container)
        guard (1...5000).contains(query.limit) else { throw subject.error(.badRequest) }
        let request = connection.request(.get, container, query: query.parameters)
        let response = try await connection.send(request, about: subject)
        let page = try subject.reading(response) {
            ListingDocument.blobs($0, hasUncommitted: query.includesUncommitted)
        }
        // A listing that goes on where it was would never end.
        guard page.next == nil || page.next != query.marker else { throw subject.error(.corrupt) }
        return page
    }

    func containerProperties() async throws -> ContainerProperties {
        let subject = Subject(container)
        let request = connection.request(.head, container, query: ["restype": "container"])
        let fields = try await connection.send(request, about: subject).fields
        guard let written = fields.written else { throw subject.error(.corrupt) }
        var properties = ContainerProperties(
            name: container, tag: written.tag, lastModified: written.lastModified, metadata: fields.metadata)
        let protections = ["x-ms-has-immutability-policy", "x-ms-has-legal-hold"].compactMap { fields[$0] }
        if !protections.isEmpty { properties.isProtected = protections.contains { $0.lowercased() == "true" } }
        return properties
    }

    // MARK: - Parts

    private func subject(_ blob: BlobName) -> Subject { Subject(container, blob) }

    private func checkSize(_ size: Int, _ allowed: ClosedRange<Int>, of blob: BlobName) throws {
        guard size >= allowed.lowerBound else { throw subject(blob).error(.badRequest) }
        guard size <= allowed.upperBound else { throw subject(blob).error(.tooLarge) }
    }

    /// Sends a body with its checksum, and compares the one that the service computed.
    ///
    /// A service that does not say what it computed cannot be trusted to have looked: the body is sent again with an
    /// MD5, which every service checks.
    private func write(_ request: HTTPRequest, _ bytes: Span<UInt8>, of blob: BlobName) async throws -> HTTPResponse {
        let check = connection.checks.current
        let field = check.field(of: bytes)
        var checked = request
        checked.fields[field.name] = field.value
        do {
            let response = try await connection.send(checked, body: bytes, about: subject(blob))
            guard case .crc64 = check else { return response }
            if let echo = response.fields[field.name] {
                guard echo == field.value else { throw subject(blob).error(.digestMismatch) }
                return response
            }
            connection.checks.fallBack()
            // A repeated commit would be refused or doubled; its document is checked by being understood.
            return request.isRepeatable ? try await write(request, bytes, of: blob) : response
        } catch let error as BlobStoreError where check == .crc64 && error.refusesField {
            connection.checks.fallBack()
            return try await write(request, bytes, of: blob)
        }
    }

    private func written(_ response: HTTPResponse, _ blob: BlobName) throws -> WrittenBlob {
        guard let written = response.fields.written else { throw subject(blob).error(.corrupt) }
        return written
    }

    /// Exactly the part of the range that the blob has must have come.
    private static func isRight(_ response: HTTPResponse, _ range: ByteRange, _ size: Int, _ received: Int) -> Bool {
        guard let part = range.clipped(to: size), part.count == received else { return false }
        guard response.status == 206 else { return response.status == 200 && part == 0..<size }
        return response.fields["Content-Range"].flatMap(ContentRange.init(header:))?.bytes == part
    }

    private func readBlockList(of blob: BlobName) async throws -> BlockList {
        let subject = subject(blob)
        let request = connection.request(.get, container, blob, query: ["comp": "blocklist", "blocklisttype": "all"])
        let response = try await connection.send(request, about: subject)
        var list = try subject.reading(response) { document in
            ListingDocument.blocks(document, in: "CommittedBlocks").flatMap { committed in
                ListingDocument.blocks(document, in: "UncommittedBlocks").map { uncommitted in
                    BlockList(committed: committed, uncommitted: uncommitted, properties: nil)
                }
            }
        }
        do {
            // A blob written in one step has no committed blocks, and may have no tag in this answer.
            let condition = response.fields.written.map { AccessCondition.matching($0.tag) } ?? .always
            list.properties = try await properties(of: blob, if: condition)
        } catch let error as BlobStoreError where error.kind == .blobNotFound && list.committed.isEmpty {
            list.properties = nil
        }
        return list
    }
}

extension BlobQuery {
    fileprivate var parameters: HTTPQuery {
        var query: HTTPQuery = ["restype": "container", "comp": "list"]
        if !prefix.isEmpty { query.append("prefix", prefix) }
        if let delimiter { query.append("delimiter", delimiter) }
        if let marker { query.append("marker", marker) }
        query.append("maxresults", String(limit))
        let include = [includesMetadata ? "metadata" : nil, includesUncommitted ? "uncommittedblobs" : nil]
        let included = include.compactMap(\.self)
        if !included.isEmpty { query.append("include", included.joined(separator: ",")) }
        return query
    }
}

extension HTTPRequest {
    /// True for Put Block, which may be sent twice.
    fileprivate var isRepeatable: Bool { HTTPQuery(encoded: url.query)?["comp"] == "block" }
}

extension BlobStoreError {
    /// True if the service does not know a header field; then it did nothing.
    fileprivate var refusesField: Bool {
        ["UnsupportedHeader", "InvalidHeaderValue"].contains(service?.code ?? "")
    }
}
