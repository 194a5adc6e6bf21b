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
        let store = try store()
        let condition = try AccessCondition(fields)
        let range = try fields.range()
        let wantsMD5 = try fields.flag("x-ms-range-get-content-md5")
        let wantsCRC64 = try fields.flag("x-ms-range-get-content-crc64")
        if wantsMD5 || wantsCRC64 { try checkDigestedRange(range, both: wantsMD5 && wantsCRC64) }
        let limit = wantsMD5 || wantsCRC64 ? Self.largestDigestedRange : Self.firstPiece
        let start = range?.start ?? 0
        let wanted = min(limit, (range?.end ?? .max) - start)
        guard wanted > 0, start <= Int.max - wanted else { throw ServiceFailure(.invalidRange) }

        var properties: BlobProperties
        var first: [UInt8] = []
        do {
            (first, properties) = try await Self.read(store, blob, start..<start + wanted, condition)
        } catch let error as BlobStoreError where error.kind == .invalidRange {
            properties = try await store.properties(of: blob, if: condition)
            guard range == nil, properties.size == 0 else { throw outOfRange(properties.size) }
        }
        let bytes = range.flatMap { $0.clipped(to: properties.size) } ?? 0..<properties.size
        var answer = blobFields(properties)
        if range != nil {
            answer["Content-MD5"] = nil
            if let digest = properties.attributes.contentMD5 {
                answer.append("x-ms-blob-content-md5", Base64.encode(digest))
            }
            answer.append("Content-Range", ContentRange(bytes: bytes, total: properties.size).header)
            if wantsMD5 { answer.append("Content-MD5", Base64.encode(Digest.of(first.span, .md5))) }
            if wantsCRC64 {
                var crc64 = CRC64()
                crc64.update(first.span)
                answer.append("x-ms-content-crc64", Base64.encode(crc64.bytes))
            }
        }
        let status = range == nil ? 200 : 206
        guard bytes.count > first.count else { return Reply(status: status, fields: answer, body: .bytes(first)) }
        return Reply(
            status: status, fields: answer,
            body: Self.stream(bytes, of: blob, startingWith: first, from: store, pinnedTo: properties.tag))
    }

    private static func read(
        _ store: any BlobStore, _ blob: BlobName, _ range: Range<Int>, _ condition: AccessCondition
    ) async throws -> ([UInt8], BlobProperties) {
        var properties: BlobProperties?
        let bytes = try await [UInt8].filled(capacity: range.count) { buffer in
            properties = try await store.read(blob, range: ByteRange(range), if: condition, into: &buffer)
        }
        guard let properties else { throw BlobStoreError(.corrupt, subject: blob.text) }
        return (bytes, properties)
    }

    /// The rest is read straight into the connection's buffer, as long as the blob is what it was at first.
    private static func stream(
        _ bytes: Range<Int>, of blob: BlobName, startingWith first: [UInt8], from store: any BlobStore,
        pinnedTo tag: ETag
    ) -> Reply.Body {
        .stream(length: bytes.count) { writer in
            try await writer.write(first.span)
            var position = bytes.lowerBound + first.count
            while position < bytes.upperBound {
                let (start, rest) = (position, bytes.upperBound - position)
                position += try await writer.fill { buffer in
                    let before = buffer.count
                    let piece = start..<start + min(rest, buffer.freeCapacity)
                    _ = try await store.read(blob, range: ByteRange(piece), if: .matching(tag), into: &buffer)
                    guard buffer.count - before == piece.count else {
                        throw BlobStoreError(.corrupt, subject: blob.text)
                    }
                    return piece.count
                }
            }
        }
    }

    private func checkDigestedRange(_ range: ByteRange?, both: Bool) throws(ServiceFailure) {
        guard let range, !both else {
            throw .header("x-ms-range-get-content-\(both ? "crc64" : "md5")", "true")
        }
        guard let end = range.end, end - range.start <= Self.largestDigestedRange else {
            throw ServiceFailure(
                400, "OutOfRangeInput", "The range specified is larger than 4 MiB, for which no digest is computed.")
        }
    }

    private func outOfRange(_ size: Int) -> ServiceFailure {
        var failure = ServiceFailure(.invalidRange)
        failure.fields = [ServiceFailure.Detail("Content-Range", "bytes */\(size)")]
        return failure
    }

    func getBlobProperties() async throws -> Reply {
        let found = try await store().properties(of: request.blobName(), if: AccessCondition(fields))
        var answer = blobFields(found)
        answer.append("x-ms-access-tier", "Hot")
        answer.append("x-ms-access-tier-inferred", "true")
        return Reply(status: 200, fields: answer, body: .omitted(length: found.size))
    }

    func getBlobMetadata() async throws -> Reply {
        let found = try await store().properties(of: request.blobName(), if: AccessCondition(fields))
        var answer = Self.stateFields(found.tag, found.lastModified)
        answer.appendMetadata(found.attributes.metadata)
        return Reply(status: 200, fields: answer)
    }

    /// What Get Blob and its HEAD say of a blob; a token may put other values in place of some.
    private func blobFields(_ blob: BlobProperties) -> HTTPFields {
        let attributes = blob.attributes
        var answer = Self.stateFields(blob.tag, blob.lastModified)
        let isToken = query.value("sig") != nil
        func add(_ name: String, _ value: String?, token: String? = nil) {
            let override = isToken ? token.flatMap { query.value($0) } : nil
            if let value = override ?? value, !value.isEmpty { answer.append(name, value) }
        }
        add("Content-Type", attributes.contentType ?? Self.defaultContentType, token: "rsct")
        add("Content-Encoding", attributes.contentEncoding, token: "rsce")
        add("Content-Language", attributes.contentLanguage, token: "rscl")
        add("Content-Disposition", attributes.contentDisposition, token: "rscd")
        add("Cache-Control", attributes.cacheControl, token: "rscc")
        add("Content-MD5", attributes.contentMD5.map { Base64.encode($0) })
        answer.append("Accept-Ranges", "bytes")
        answer.append("x-ms-blob-type", "BlockBlob")
        answer.append("x-ms-creation-time", HTTPDate.format(blob.created))
        answer.append("x-ms-lease-status", "unlocked")
        answer.append("x-ms-lease-state", "available")
        answer.append("x-ms-server-encrypted", "true")
        answer.appendMetadata(attributes.metadata)
        return answer
    }

    func getBlockList() async throws -> Reply {
        let wanted = query.value("blocklisttype")?.lowercased() ?? "committed"
        guard ["committed", "uncommitted", "all"].contains(wanted) else {
            throw ServiceFailure.parameter("blocklisttype", wanted)
        }
        let list = try await store().blockList(of: request.blobName())
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
