public import BlobStorage

/// Where the blobs of recovery points lie: `PREFIX/{backup_name}_…` in a container.
///
/// The layout is that of Azure Backup's "restore as files". Format page: `docs/formats/recovery-point.md`.
public struct SetLayout: Sendable, Hashable {
    /// Empty, or ends in a slash.
    public let prefix: String

    /// - Parameter path: The folder inside the container, with or without slashes at its ends.
    public init(path: String) {
        let parts = path.split(separator: "/")
        prefix = parts.isEmpty ? "" : parts.joined(separator: "/") + "/"
    }

    /// One blob of a recovery point.
    public enum Part: Sendable, Hashable {
        case database(String)
        case roles
        case tablespaces
        case schemas
        case manifest
        case marker
    }

    /// The text of the name of a blob, without the prefix.
    public static func fileName(of part: Part, of name: RecoveryPointName) -> String {
        switch part {
        case .database(let database): "\(name)_database_\(DatabaseFileName.encode(database)).sql"
        case .roles: "\(name)_roles.sql"
        case .tablespaces: "\(name)_tablespaces.sql"
        case .schemas: "\(name)_schemas.sql"
        case .manifest: "\(name)_manifest.json"
        case .marker: "\(name)_timestamp.txt"
        }
    }

    /// The blob of a part.
    ///
    /// Throws where prefix and database name together are longer than a blob name may be.
    public func blob(of part: Part, of name: RecoveryPointName) throws(BlobNameError) -> BlobName {
        try BlobName(prefix + Self.fileName(of: part, of: name))
    }

    /// Which part of which recovery point a blob is; `nil` if it lies elsewhere or is something else.
    ///
    /// Bytes are compared, not characters: a combining mark behind `_database_` would hide it.
    public func part(of blob: BlobName) -> (name: RecoveryPointName, part: Part)? {
        let bytes = Array(blob.text.utf8)
        guard bytes.starts(with: prefix.utf8) else { return nil }
        let file = bytes[prefix.utf8.count...]
        guard !file.contains(UInt8(ascii: "/")) else { return nil }
        if let database = Self.database(of: file) { return database }
        let endings: [(String, Part)] = [
            ("_roles.sql", .roles), ("_tablespaces.sql", .tablespaces), ("_schemas.sql", .schemas),
            ("_manifest.json", .manifest), ("_timestamp.txt", .marker),
        ]
        for (ending, part) in endings {
            guard let rest = Self.file(file, without: ending) else { continue }
            return Self.name(rest).map { ($0, part) }
        }
        return nil
    }

    private static func database(of file: ArraySlice<UInt8>) -> (name: RecoveryPointName, part: Part)? {
        guard let rest = self.file(file, without: ".sql"), let mark = rest.firstRange(of: Array("_database_".utf8)),
            let name = name(rest[..<mark.lowerBound]),
            let database = DatabaseFileName.decode(String(decoding: rest[mark.upperBound...], as: UTF8.self)),
            !database.isEmpty
        else { return nil }
        return (name, .database(database))
    }

    private static func file(_ file: ArraySlice<UInt8>, without ending: String) -> ArraySlice<UInt8>? {
        file.reversed().starts(with: ending.utf8.reversed()) ? file.dropLast(ending.utf8.count) : nil
    }

    private static func name(_ bytes: ArraySlice<UInt8>) -> RecoveryPointName? {
        try? RecoveryPointName(String(decoding: bytes, as: UTF8.self))
    }
}
