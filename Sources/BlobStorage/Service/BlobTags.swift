/// The tags of a blob: at most ten names with values.
///
/// Source: <https://learn.microsoft.com/rest/api/storageservices/set-blob-tags>
public struct BlobTags: Sendable, Equatable {
    public let values: [String: String]
    public var isEmpty: Bool { values.isEmpty }

    public static let none = BlobTags()

    private init() { values = [:] }

    /// Why tags are refused.
    public enum Refusal: Error, Equatable, Sendable {
        case emptyName
        /// More than ten, a name above 128 characters or a value above 256.
        case tooLarge
        /// A character other than letters, digits, space and `+ - . / : = _`.
        case badCharacter
    }

    public init(_ values: [String: String]) throws(Refusal) {
        guard values.count <= 10 else { throw .tooLarge }
        for (name, value) in values {
            guard !name.isEmpty else { throw .emptyName }
            guard name.utf8.count <= 128, value.utf8.count <= 256 else { throw .tooLarge }
            guard name.utf8.allSatisfy(Self.isAllowed), value.utf8.allSatisfy(Self.isAllowed) else {
                throw .badCharacter
            }
        }
        self.values = values
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            || " +-./:=_".utf8.contains(byte)
    }
}
