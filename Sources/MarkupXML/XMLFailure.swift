public import Diagnostics

/// A document that cannot be read.
public struct XMLFailure: ExplainedError, Equatable {
    public enum Kind: String, Sendable {
        case malformed = "xml.malformed"
        /// Deeper, or with more elements, than anything the service writes.
        case tooComplex = "xml.too-complex"
        /// Has a tag that is longer, or has more attributes, than anything the protocol has.
        case tagTooLong = "xml.tag-too-long"
        /// Holds a document type, which could define entities.
        case documentType = "xml.document-type"
    }

    public let kind: Kind
    /// Where it went wrong; 0 where that is not known.
    public let line: Int
    public let column: Int
    /// The library's own words.
    public let detail: String

    public var code: String { kind.rawValue }

    public var summary: String {
        switch kind {
        case .malformed: "the XML document is malformed at line \(line), column \(column): \(detail)"
        case .tooComplex: "the XML document is deeper or larger than allowed"
        case .tagTooLong:
            "a tag of the XML document is longer than \(MarkupScan.longestTag) bytes or has more than "
                + "\(MarkupScan.mostAttributes) attributes"
        case .documentType: "the XML document holds a document type, which is not allowed"
        }
    }
}
