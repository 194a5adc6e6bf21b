public import BlobStorage

/// What a dump writes on each blob of a recovery point, so that nobody else's blob is taken for one.
///
/// A blob that a person uploads under the name of a part, with Penstock too, does not have it.
public enum PartMark {
    public static let metadataName = "penstock_part"

    /// The metadata of a part of that kind.
    public static func metadata(of part: SetLayout.Part) -> [String: String] { [metadataName: part.word] }

    public static func isOn(_ properties: BlobProperties) -> Bool {
        properties.attributes.metadata(named: metadataName) != nil
    }
}

extension SetLayout.Part {
    /// The kind of part, in one word.
    fileprivate var word: String {
        switch self {
        case .database: "database"
        case .directoryFile: "directory"
        case .roles: "roles"
        case .tablespaces: "tablespaces"
        case .schemas: "schemas"
        case .manifest: "manifest"
        case .marker: "marker"
        }
    }
}
