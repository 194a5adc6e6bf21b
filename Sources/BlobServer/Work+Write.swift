import BlobStorage
import ByteStreams
import CryptoDigests
import HTTPListener
import HTTPMessages
import MarkupXML
import SystemCalls

extension Work {
    /// Bodies up to this size, in bytes, are collected and their MD5 is stored, as the service does for every Put Blob.
    ///
    /// When many such bodies are on their way at once, only the tiny ones are.
    private static var small: Int { 1 << 20 }
    /// Bodies up to this size, in bytes, are always collected.
    private static var tiny: Int { 16 << 10 }
    /// The largest block list, in bytes: 50,000 ids of at most 88 characters with their elements.
    private static var largestDocument: Int { 8 << 20 }

    func putBlob(_ body: inout RequestBody) async throws -> Reply {
        let blob = try request.blobName()
        guard let type = fields["x-ms-blob-type"] else { throw ServiceFailure.missingHeader("x-ms-blob-type") }
        guard type == "BlockBlob" else {
            guard ["AppendBlob", "PageBlob"].contains(type) else { throw ServiceFailure.header("x-ms-blob-type", type) }
            throw ServiceFailure.notImplemented("Put Blob of type \(type)")
        }
        let length = try bodyLength(limit: BlobLimits.put)
        let expected = try ExpectedDigest(fields)
        var attributes = try BlobAttributes(fields, usesBodyFields: true)
        if case .md5(let bytes) = expected, attributes.contentMD5 == nil { attributes.contentMD5 = bytes }
        let condition = try await writeCondition(of: blob)
        var source = CheckedBody(body.take(), length: length, expecting: expected)
        let written: WrittenBlob
        let grant = server.buffers.take(length <= Self.small ? length : .max, least: Self.tiny)
        if length <= grant.bytes {
            let bytes = try await source.collect(length)
            try source.check()
            if attributes.contentMD5 == nil { attributes.contentMD5 = Digest.of(bytes.span, .md5) }
            written = try await store().put(bytes.span, to: blob, attributes: attributes, if: condition)
        } else {
            written = try await store().put(
                &source, length: length, to: blob, attributes: attributes, if: condition)
        }
        var answer = Self.stateFields(written.tag, written.lastModified)
        if case .md5 = expected {} else { answer.append(source.answerField) }
        if let digest = attributes.contentMD5 { answer.append("Content-MD5", Base64.encode(digest)) }
        answer.append("x-ms-request-server-encrypted", "true")
        return Reply(status: 201, fields: answer)
    }

    func putBlock(_ body: inout RequestBody) async throws -> Reply {
        let blob = try request.blobName()
        let id = try blockID()
        let length = try bodyLength(limit: BlobLimits.block)
        guard length > 0 else { throw ServiceFailure.header("Content-Length", "0") }
        let expected = try ExpectedDigest(fields)
        try await refuseOverwrite(of: blob)
        var source = CheckedBody(body.take(), length: length, expecting: expected)
        let store = try store()
        if let leasing = store as? any LeasingStore {
            try await leasing.stage(
                &source, length: length, as: id, of: blob, showing: fields.leaseID("x-ms-lease-id"))
        } else {
            try await store.stage(&source, length: length, as: id, of: blob)
        }
        var answer: HTTPFields = [:]
        answer.append(source.answerField)
        answer.append("x-ms-request-server-encrypted", "true")
        return Reply(status: 201, fields: answer)
    }

    func blockID() throws(ServiceFailure) -> BlockID {
        guard let text = query.value("blockid") else { throw .missingParameter("blockid") }
        guard let id = BlockID(text: text) else {
            throw .parameter("blockid", text, reason: "Not a valid base64 string.")
        }
        return id
    }

    func putBlockList(_ body: inout RequestBody) async throws -> Reply {
        let blob = try request.blobName()
        let length = try bodyLength(limit: Self.largestDocument)
        let expected = try ExpectedDigest(fields)
        let attributes = try BlobAttributes(fields, usesBodyFields: false)
        let condition = try await writeCondition(of: blob)
        let grant = server.buffers.take(length, least: Self.tiny)
        guard length <= grant.bytes else { throw ServiceFailure(.busy) }
        var source = CheckedBody(body.take(), length: length, expecting: expected)
        let document = try await source.collect(length)
        try source.check()
        let blocks = try Self.blockList(document)
        let written = try await store().commit(blocks, to: blob, attributes: attributes, if: condition)
        var answer = Self.stateFields(written.tag, written.lastModified)
        answer.append(source.answerField)
        answer.append("x-ms-request-server-encrypted", "true")
        return Reply(status: 201, fields: answer)
    }

    /// The blocks that a body names, in their order.
    static func blockList(_ document: [UInt8]) throws(ServiceFailure) -> [BlockReference] {
        let root: XMLElement
        do throws(XMLFailure) {
            root = try XMLReader.read(document, limit: BlobLimits.blocks + 2)
        } catch {
            throw error.kind == .tooComplex ? ServiceFailure(.blockListTooLong) : .document(error.summary)
        }
        guard root.name == "BlockList" else { throw .document("The root element is not BlockList.") }
        guard root.children.count <= BlobLimits.blocks else { throw ServiceFailure(.blockListTooLong) }
        var blocks: [BlockReference] = []
        for child in root.children {
            let place: BlockReference.Place
            switch child.name {
            case "Latest": place = .latest
            case "Committed": place = .committed
            case "Uncommitted": place = .uncommitted
            default: throw .document("\(child.name) is not an element of a block list.")
            }
            guard let id = BlockID(text: child.text) else { throw ServiceFailure(.invalidBlockList) }
            blocks.append(BlockReference(id, place))
        }
        return blocks
    }
}
