import BlobStorage
import FoundationEssentials
import HTTPMessages
import MarkupXML

@testable import BlobServer
@testable import HTTPListener

extension FuzzTarget {
    /// The lines of a request's head, behind its request line.
    func checkFields(_ input: [UInt8]) throws {
        var lines = WireLines(input[...])
        let head = lines.head()
        guard case .success(let length) = head.judge(limit: FuzzedServer.largestHead, target: "/") else { return }
        if case .known(let count) = length { try promise(count >= 0, "a body has \(count) bytes") }
        let fields = head.fields
        for field in fields.all { try Self.checkValue(field.value) }
        _ = try? AccessCondition(fields)
        _ = try? fields.leaseAction()
        _ = try? fields.range()
        _ = try? ExpectedDigest(fields)
        _ = try? fields.refuseUnkept()
        _ = try? fields.flag("x-ms-range-get-content-md5")
        try Self.checkAttributes(fields)
        try Self.checkMetadata(fields)
        try Self.checkTags(fields)
        guard let copy = try? CopyRequest(fields) else { return }
        try promise(!copy.shownURL.contains("?"), "a copy's source is shown as \(copy.shownURL)")
    }

    private static func checkValue(_ text: String) throws {
        if let date = HTTPDate.parse(text) {
            let printed = HTTPDate.format(date)
            try promise(HTTPDate.parse(printed) == date, "\(text) is printed as \(printed)")
            try promise(printed.utf8.count == 29, "\(text) is printed as \(printed)")
        }
        if let id = LeaseID(text) { try promise(LeaseID(id.text) == id, "\(text) is the lease \(id)") }
        // Behind the last moment of a year with four digits is none.
        if let id = SnapshotID(text), !text.hasPrefix("9999-12-31T23:59:59") {
            let next = SnapshotID(at: .distantPast, after: id)
            try promise(SnapshotID(next.text) == next, "behind \(text) comes \(next)")
        }
        if let tier = AccessTier(text) { try promise(AccessTier(tier.rawValue) == tier, "\(text) is \(tier)") }
    }

    /// What is kept of a blob goes into headers and into listings.
    private static func checkAttributes(_ fields: HTTPFields) throws {
        for usesBodyFields in [false, true] {
            guard let found = try? BlobAttributes(fields, usesBodyFields: usesBodyFields) else { continue }
            let texts = [
                found.contentType, found.contentEncoding, found.contentLanguage, found.contentDisposition,
                found.cacheControl,
            ]
            for text in texts.compactMap(\.self) {
                try promise(text.isFieldValue, "kept and never sent: \(text.debugDescription)")
                var writer = XMLWriter()
                writer.element("Properties") { $0.element("Content-Type", text) }
                let isRead = (try? XMLReader.read(writer.bytesWithMark)) != nil
                try promise(isRead, "a listing cannot carry \(text.debugDescription)")
            }
        }
    }

    private static func checkMetadata(_ fields: HTTPFields) throws {
        guard let metadata = try? fields.metadata() else { return }
        var answer = HTTPFields()
        answer.appendMetadata(metadata)
        for field in answer.all { try promise(field.value.isFieldValue, "metadata never sent: \(field)") }
        try promise(try answer.metadata() == metadata, "metadata do not read back: \(metadata)")
        var writer = XMLWriter()
        writer.element("Metadata") { writer in
            for (name, value) in metadata { writer.element(name, value) }
        }
        let read = try? XMLReader.read(writer.bytesWithMark)
        try promise(
            metadata.allSatisfy { read?[$0.key]?.text == $0.value }, "a listing cannot carry \(metadata)")
    }

    private static func checkTags(_ fields: HTTPFields) throws {
        guard let tags = try? fields.tags() else { return }
        var writer = XMLWriter()
        writer.write(tags)
        try promise(try TagText.tags(document: writer.bytesWithMark) == tags, "tags do not read back: \(tags.values)")
        var query = HTTPQuery()
        for (name, value) in tags.values { query.append(name, value) }
        try promise(try TagText.tags(field: query.encoded) == tags, "tags do not read back: \(query.encoded)")
    }
}
