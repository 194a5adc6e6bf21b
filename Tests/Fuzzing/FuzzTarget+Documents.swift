import AzureIdentity
import BlobStorage
import HTTPListener
import HTTPMessages
import MarkupXML

@testable import BlobServer

extension FuzzTarget {
    /// The first byte says what the rest is.
    func checkDocument(_ input: [UInt8]) throws {
        guard let first = input.first else { return }
        let body = Array(input.dropFirst())
        switch first {
        case UInt8(ascii: "B"): try Self.checkBlockList(body)
        case UInt8(ascii: "T"): try Self.checkTagSet(body)
        case UInt8(ascii: "P"): try Self.checkPolicies(body)
        case UInt8(ascii: "M"): try Self.checkBatch(body)
        default: try Self.checkXML(body)
        }
    }

    private static func checkBlockList(_ body: [UInt8]) throws {
        guard let blocks = try? Work.blockList(body) else { return }
        try promise(blocks.count <= BlobLimits.blocks, "a blob has \(blocks.count) blocks")
        for block in blocks {
            try promise(BlockID(text: block.id.text) == block.id, "\(block.id.text) does not read back")
            try promise(XMLWriter.canCarry(block.id.text), "a block list cannot carry \(block.id.text)")
        }
    }

    private static func checkTagSet(_ body: [UInt8]) throws {
        guard let tags = try? TagText.tags(document: body) else { return }
        var writer = XMLWriter()
        writer.write(tags)
        try promise(try TagText.tags(document: writer.bytesWithMark) == tags, "tags do not read back: \(tags.values)")
        try promise(tags.values.count <= 10, "a blob has \(tags.values.count) tags")
    }

    private static func checkPolicies(_ body: [UInt8]) throws {
        guard let policies = try? PolicyDocument.read(body) else { return }
        try promise(policies.count <= 5, "a container has \(policies.count) policies")
        for policy in policies {
            for time in [policy.start, policy.expiry] where !time.isEmpty {
                try promise(StoredAccessPolicy.isTime(time), "\(time) is no time")
            }
            for text in [policy.id, policy.permissions, policy.start, policy.expiry] {
                try promise(XMLWriter.canCarry(text), "an answer cannot carry \(text.debugDescription)")
            }
        }
    }

    /// The first line is the `Content-Type` of the batch.
    private static func checkBatch(_ body: [UInt8]) throws {
        let line = body.prefix { $0 != 10 }
        let type = String(decoding: line, as: UTF8.self)
        let parts: [BatchDocument.Part]
        do throws(ServiceFailure) {
            parts = try BatchDocument.parts(of: Array(body.dropFirst(line.count + 1)), contentType: type)
        } catch {
            return
        }
        try promise((1...BatchDocument.mostParts).contains(parts.count), "a batch has \(parts.count) parts")
        for part in parts {
            let texts =
                [part.contentID ?? "", part.method, part.target] + part.fields.all.flatMap { [$0.name, $0.value] }
            for text in texts {
                let isLine = !text.utf8.contains { $0 == 10 || $0 == 13 || $0 == 0 }
                try promise(isLine, "a part holds a line break: \(text.debugDescription)")
            }
        }
        let again = try? BatchDocument.parts(of: printed(parts), contentType: "multipart/mixed; boundary=again")
        try promise(again == parts, "a batch does not read back: \(parts)")
    }

    private static func printed(_ parts: [BatchDocument.Part]) -> [UInt8] {
        var text = ""
        for part in parts {
            text += "--again\r\nContent-Type: application/http\r\n"
            if let id = part.contentID { text += "Content-ID: \(id)\r\n" }
            text += "\r\n\(part.method) \(part.target) HTTP/1.1\r\n"
            for field in part.fields.all { text += "\(field.name): \(field.value)\r\n" }
            text += "\r\n"
        }
        return Array((text + "--again--\r\n").utf8)
    }

    private static func checkXML(_ body: [UInt8]) throws {
        guard let root = try? XMLReader.read(body, limit: 1000) else { return }
        let plain = plainForm(root)
        var writer = XMLWriter()
        write(plain, to: &writer)
        let again = try? XMLReader.read(writer.bytesWithMark)
        try promise(again == plain, "a document does not read back: \(writer.text.debugDescription)")
    }

    /// Without what ``XMLWriter`` does not write: attributes that are not known beforehand, text beside elements.
    private static func plainForm(_ element: XMLElement) -> XMLElement {
        XMLElement(
            element.name, text: element.children.isEmpty ? element.text : "", children: element.children.map(plainForm))
    }

    private static func write(_ element: XMLElement, to writer: inout XMLWriter) {
        guard !element.children.isEmpty else { return writer.element(element.name, element.text) }
        writer.element(element.name) { writer in
            for child in element.children { write(child, to: &writer) }
        }
    }
}
