import BlobStorage
import HTTPMessages
import MarkupXML

/// Tags as requests and answers hold them: in a field, as a form has them, or in a document.
///
/// Source: <https://learn.microsoft.com/rest/api/storageservices/set-blob-tags#request-body>
enum TagText {
    /// Reads `a=b&c=d`, percent-encoded.
    static func tags(field text: String) throws(ServiceFailure) -> BlobTags {
        guard let query = HTTPQuery(encoded: text) else { throw .header("x-ms-tags", text) }
        return try tags(query.all.map { ($0.name, $0.value) })
    }

    static func tags(document bytes: [UInt8]) throws(ServiceFailure) -> BlobTags {
        let root: XMLElement
        do throws(XMLFailure) {
            root = try XMLReader.read(bytes, limit: 1000)
        } catch {
            throw .document(error.summary)
        }
        guard root.name == "Tags", let set = root["TagSet"] else {
            throw .document("The document is not a TagSet in Tags.")
        }
        var pairs: [(String, String)] = []
        for child in set.children {
            guard child.name == "Tag", let key = child["Key"], let value = child["Value"] else {
                throw .document("\(child.name) is not a Tag with Key and Value.")
            }
            pairs.append((key.text, value.text))
        }
        return try tags(pairs)
    }

    private static func tags(_ pairs: [(String, String)]) throws(ServiceFailure) -> BlobTags {
        let values = Dictionary(pairs) { first, _ in first }
        guard values.count == pairs.count else { throw ServiceFailure(coded: "DuplicateTagNames") }
        do throws(BlobTags.Refusal) {
            return try BlobTags(values)
        } catch {
            switch error {
            case .emptyName: throw ServiceFailure(coded: "EmptyTagName")
            case .tooLarge: throw ServiceFailure(coded: "TagsTooLarge")
            case .badCharacter: throw ServiceFailure(coded: "InvalidTag")
            }
        }
    }
}

extension ServiceFailure {
    /// A request that makes no sense, in the words that belong to the code.
    init(coded code: String) { self.init(400, code, ServiceMessage.text(for: code)) }
}

extension XMLWriter {
    mutating func write(_ tags: BlobTags) {
        element("Tags") { writer in
            writer.element("TagSet") { writer in
                for (name, value) in tags.values.sorted(by: { $0.key < $1.key }) {
                    writer.element("Tag") { writer in
                        writer.element("Key", name)
                        writer.element("Value", value)
                    }
                }
            }
        }
    }
}
