/// The tags of a blob: at most ten names with values.
///
/// Source: <https://learn.microsoft.com/rest/api/storageservices/set-blob-tags>
public struct BlobTags: Sendable, Equatable {
    public let values: [String: String]
    public var isEmpty: Bool { values.isEmpty }

    public static let none = BlobTags()

    private init() { values = [:] }

    /// `nil` for more than ten tags, names that are not 1 to 128 characters, values above 256, and characters other
    /// than letters, digits, space and `+ - . / : = _`.
    public init?(_ values: [String: String]) {
        guard values.count <= 10 else { return nil }
        for (name, value) in values {
            guard (1...128).contains(name.utf8.count), value.utf8.count <= 256, name.utf8.allSatisfy(Self.isAllowed),
                value.utf8.allSatisfy(Self.isAllowed)
            else { return nil }
        }
        self.values = values
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            || " +-./:=_".utf8.contains(byte)
    }
}
