public import Diagnostics

/// The name of a blob: 1 to 1,024 UTF-16 code units, case-sensitive, any characters but controls.
///
/// Source: <https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata>
public struct BlobName: Sendable, Hashable, Comparable {
    public let text: String

    public init(_ text: String) throws(BlobNameError) {
        guard !text.isEmpty else { throw .empty }
        let length = text.utf16.count
        guard length <= 1024 else { throw .tooLong(characters: length) }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) else {
            throw .controlCharacter
        }
        guard text.utf8.count(where: { $0 == UInt8(ascii: "/") }) < 254 else { throw .tooManySegments }
        self.text = text
    }

    /// Ordered as the service lists them: by the bytes of the UTF-8 form.
    public static func < (left: BlobName, right: BlobName) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    // Swift's own comparison of strings takes canonically equivalent ones for equal; the service does not.
    public static func == (left: BlobName, right: BlobName) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}

extension BlobName: CustomStringConvertible {
    public var description: String { text }
}

public enum BlobNameError: ExplainedError, Equatable {
    case empty
    case tooLong(characters: Int)
    case tooManySegments
    case controlCharacter

    public var code: String { "name.blob" }

    public var summary: String {
        switch self {
        case .empty: "a blob name is empty"
        case .tooLong(let characters): "a blob name has \(characters) characters; at most 1,024 are allowed"
        case .tooManySegments: "a blob name has more than 254 segments"
        case .controlCharacter: "a blob name holds a control character"
        }
    }

    public var remedy: String? { "Choose another name; see the naming rules of block blobs." }
    public var exitCode: ExitCode { .wrongUsage }
}
