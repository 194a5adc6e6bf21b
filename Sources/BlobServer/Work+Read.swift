import AzureIdentity
import BlobStorage
import ByteStreams
import CryptoDigests
import FoundationEssentials
import HTTPListener
import HTTPMessages
import MarkupXML
import SystemCalls

extension Work {
    /// What is read before the answer begins, in bytes: a blob up to this size is never cut by its replacement.
    private static var firstPiece: Int { 64 << 10 }
    /// The largest range whose digest the service computes, in bytes.
    private static var largestDigestedRange: Int { 4 << 20 }

    func getBlob() async throws -> Reply {
        let blob = try request.blobName()
        let store = try readableStore()
        let condition = try AccessCondition(fields)
        let range = try fields.range()
        let digest = try digestOfRange(range)
        let first: BlobBeginning?
        let properties: BlobProperties
        if digest == nil, let store = store as? any ExtentReadable {
            first = try await begin(of: range, of: blob, in: store, if: condition)
        } else {
            let limit = digest == nil ? Self.firstPiece : Self.largestDigestedRange
            first = try await copy(of: range, limit: limit, of: blob, in: store, if: condition)
        }
        if let first {
            properties = first.properties
        } else {
            properties = try await empty(range, blob, store, condition)
        }
        var answer = try blobFields(properties)
        guard let range else {
            let body = Self.body(0..<properties.size, of: blob, from: store, first: first)
            return Reply(status: 200, fields: answer, body: body)
        }
        guard let bytes = range.clipped(to: properties.size) else { throw outOfRange(properties.size) }
        answer["Content-MD5"] = nil
        if let whole = properties.attributes.contentMD5 {
            answer.append("x-ms-blob-content-md5", Base64.encode(whole))
        }
        answer.append("Content-Range", ContentRange(bytes: bytes, total: properties.size).header)
        if let digest, case .memory(let content) = first?.place { answer.append(digest.field(of: content)) }
        return Reply(status: 206, fields: answer, body: Self.body(bytes, of: blob, from: store, first: first))
    }

    /// The first bytes of a range, or of the blob, where they lie; `nil` if there are none.
    private func begin(
        of range: ByteRange?, of blob: BlobName, in store: any ExtentReadable, if condition: AccessCondition
    ) async throws -> BlobBeginning? {
        do {
            return try await store.beginning(
                of: blob, range: range ?? ByteRange(from: 0), limit: Self.firstPiece, if: condition)
        } catch let error as BlobStoreError where error.kind == .invalidRange {
            return nil
        }
    }

    /// The same, as a copy of at most `limit` bytes.
    private func copy(
        of range: ByteRange?, limit: Int, of blob: BlobName, in store: any BlobStore, if condition: AccessCondition
    ) async throws -> BlobBeginning? {
        let start = range?.start ?? 0
        let wanted = min(limit, (range?.end ?? .max) - start)
        guard wanted > 0, start <= Int.max - wanted else { return nil }
        do {
            return try await Self.copy(store, blob, start..<start + wanted, condition)
        } catch let error as BlobStoreError where error.kind == .invalidRange {
            return nil
        }
    }

    private static func copy(
        _ store: any BlobStore, _ blob: BlobName, _ range: Range<Int>, _ condition: AccessCondition
    ) async throws -> BlobBeginning {
        var properties: BlobProperties?
        let bytes = try await [UInt8].filled(capacity: range.count) { buffer in
            properties = try await store.read(blob, range: ByteRange(range), if: condition, into: &buffer)
        }
        guard let properties else { throw BlobStoreError(.corrupt, subject: blob.text) }
        return BlobBeginning(properties, in: .memory(bytes))
    }

    /// The state of a blob of which nothing can be read, which is right only for all of an empty blob.
    private func empty(
        _ range: ByteRange?, _ blob: BlobName, _ store: any BlobStore, _ condition: AccessCondition
    ) async throws -> BlobProperties {
        let properties = try await store.properties(of: blob, if: condition)
        guard range == nil, properties.size == 0 else { throw outOfRange(properties.size) }
        return properties
    }

    /// The digest of the range that the client asks for: one of two, and of 4 MiB at most.
    private func digestOfRange(_ range: ByteRange?) throws(ServiceFailure) -> RangeDigest? {
        var wanted: [RangeDigest] = []
        for digest in RangeDigest.allCases where try fields.flag(digest.rawValue) { wanted.append(digest) }
        guard let digest = wanted.first else { return nil }
        guard let range, wanted.count == 1 else { throw .header(digest.rawValue, "true") }
        guard let end = range.end, end - range.start <= Self.largestDigestedRange else {
            throw ServiceFailure(
                400, "OutOfRangeInput", "The range specified is larger than 4 MiB, for which no digest is computed.")
        }
        return digest
    }

    private func outOfRange(_ size: Int) -> ServiceFailure {
        var failure = ServiceFailure(.invalidRange)
        failure.fields = [ServiceFailure.Detail("Content-Range", "bytes */\(size)")]
        return failure
    }

    func getBlobProperties() async throws -> Reply {
        let found = try await readableStore().properties(of: request.blobName(), if: AccessCondition(fields))
        var answer = try blobFields(found)
        answer.appendTier(of: found)
        return Reply(status: 200, fields: answer, body: .omitted(length: found.size))
    }

    func getBlobMetadata() async throws -> Reply {
        let found = try await readableStore().properties(of: request.blobName(), if: AccessCondition(fields))
        var answer = Self.stateFields(found.tag, found.lastModified)
        answer.appendMetadata(found.attributes.metadata)
        return Reply(status: 200, fields: answer)
    }

    /// What Get Blob and its HEAD say of a blob.
    ///
    /// A token may put other values in place of some, if its signature covers them: that of an account token does not.
    private func blobFields(_ blob: BlobProperties) throws(ServiceFailure) -> HTTPFields {
        let attributes = blob.attributes
        var answer = Self.stateFields(blob.tag, blob.lastModified)
        let token = SASToken.isPresent(in: query) ? try? SASFields(query) : nil
        func add(_ name: String, _ value: String?, token field: String? = nil) throws(ServiceFailure) {
            let override = token?.form == .service ? field.flatMap { token?[$0] } ?? "" : ""
            // Escaped in the query, anything can be in there: also what would end the field and begin another one.
            if let field, !override.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 9 }) {
                throw .parameter(field, override)
            }
            if let value = override.isEmpty ? value : override, !value.isEmpty { answer.append(name, value) }
        }
        try add("Content-Type", attributes.contentType ?? Self.defaultContentType, token: "rsct")
        try add("Content-Encoding", attributes.contentEncoding, token: "rsce")
        try add("Content-Language", attributes.contentLanguage, token: "rscl")
        try add("Content-Disposition", attributes.contentDisposition, token: "rscd")
        try add("Cache-Control", attributes.cacheControl, token: "rscc")
        try add("Content-MD5", attributes.contentMD5.map { Base64.encode($0) })
        answer.append("Accept-Ranges", "bytes")
        answer.appendService(of: blob)
        answer.append("x-ms-creation-time", HTTPDate.format(blob.created))
        if blob.service.snapshot == nil { answer.append(LeaseReport(blob.service.lease, at: now)) }
        answer.append("x-ms-server-encrypted", "true")
        answer.appendMetadata(attributes.metadata)
        return answer
    }

    func getBlockList() async throws -> Reply {
        let wanted = query.value("blocklisttype")?.lowercased() ?? "committed"
        guard ["committed", "uncommitted", "all"].contains(wanted) else {
            throw ServiceFailure.parameter("blocklisttype", wanted)
        }
        let list = try await readableStore().blockList(of: request.blobName())
        guard list.properties?.service.kind != .append else { throw ServiceFailure(.wrongBlobKind) }
        try checkLeaseShown(list.properties?.service.lease)
        var writer = XMLWriter()
        func write(_ name: String, _ blocks: [BlockList.Block], to writer: inout XMLWriter) {
            writer.element(name) { writer in
                for block in blocks {
                    writer.element("Block") { writer in
                        writer.element("Name", block.id.text)
                        writer.element("Size", String(block.size))
                    }
                }
            }
        }
        writer.element("BlockList") { writer in
            if wanted != "uncommitted" { write("CommittedBlocks", list.committed, to: &writer) }
            if wanted != "committed" { write("UncommittedBlocks", list.uncommitted, to: &writer) }
        }
        var reply = Self.document(writer)
        if let properties = list.properties {
            for field in Self.stateFields(properties.tag, properties.lastModified).all { reply.fields.append(field) }
        }
        reply.fields.append("x-ms-blob-content-length", String(list.properties?.size ?? 0))
        return reply
    }
}

/// A digest of the bytes of an answer, named by the field that asks for it.
private enum RangeDigest: String, CaseIterable {
    case md5 = "x-ms-range-get-content-md5"
    case crc64 = "x-ms-range-get-content-crc64"

    func field(of bytes: [UInt8]) -> HTTPFields.Field {
        switch self {
        case .md5: return HTTPFields.Field("Content-MD5", Base64.encode(Digest.of(bytes.span, .md5)))
        case .crc64:
            var crc64 = CRC64()
            crc64.update(bytes.span)
            return HTTPFields.Field("x-ms-content-crc64", Base64.encode(crc64.bytes))
        }
    }
}
