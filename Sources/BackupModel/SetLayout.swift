public import BlobStorage
import PostgresFormats

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
        /// A file of a database that is dumped as a directory; `name` is that of the file in it.
        case directoryFile(database: String, name: String)
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
        case .directoryFile(let database, let file):
            "\(name)_database_\(DatabaseFileName.encode(database)).dir/\(file)"
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
        if let slash = file.firstIndex(of: UInt8(ascii: "/")) {
            guard let (name, database) = Self.database(of: file[..<slash], ending: ".dir") else { return nil }
            let inside = String(decoding: file[(slash + 1)...], as: UTF8.self)
            return DirectoryFile.parse(inside).map { _ in
                (name, .directoryFile(database: database, name: inside))
            }
        }
        if let (name, database) = Self.database(of: file, ending: ".sql") { return (name, .database(database)) }
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

    /// Whose files a listing that folds names at slashes stands for with such a prefix; `nil` for other folders.
    public func directory(of folded: String) -> (name: RecoveryPointName, database: String)? {
        let bytes = Array(folded.utf8)
        guard bytes.starts(with: prefix.utf8), bytes.last == UInt8(ascii: "/") else { return nil }
        return Self.database(of: bytes[prefix.utf8.count...].dropLast(), ending: ".dir")
    }

    private static func database(
        of file: ArraySlice<UInt8>, ending: String
    ) -> (name: RecoveryPointName, database: String)? {
        guard let rest = self.file(file, without: ending), let mark = rest.firstRange(of: Array("_database_".utf8)),
            let name = name(rest[..<mark.lowerBound]),
            let database = DatabaseFileName.decode(String(decoding: rest[mark.upperBound...], as: UTF8.self)),
            !database.isEmpty
        else { return nil }
        return (name, database)
    }

    private static func file(_ file: ArraySlice<UInt8>, without ending: String) -> ArraySlice<UInt8>? {
        file.reversed().starts(with: ending.utf8.reversed()) ? file.dropLast(ending.utf8.count) : nil
    }

    private static func name(_ bytes: ArraySlice<UInt8>) -> RecoveryPointName? {
        try? RecoveryPointName(String(decoding: bytes, as: UTF8.self))
    }
}
