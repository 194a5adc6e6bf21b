public import BlobStorage
import CryptoDigests
public import FoundationEssentials
import PostgresFormats

/// What every blob of a recovery point is, as `{backup_name}_manifest.json` says it.
///
/// Fields are added, never renamed. Format page: `docs/formats/manifest.md`.
public struct Manifest: Sendable, Codable, Equatable {
    /// The newest version that this code reads and writes.
    public static let currentVersion = 1

    public var format = "penstock-manifest"
    public var version = Manifest.currentVersion
    public var name: String
    public var state: RecoveryPointState
    /// The earliest snapshot of all databases.
    public var taken: Date
    /// When the manifest was written, right before the marker.
    public var finished: Date
    public var server: Server
    /// Program to version, such as `pg_dump` to `15.20`.
    public var tools: [String: String]
    /// Option to value, as given.
    public var options: [String: String]
    public var databases: [Database]
    public var scripts: [Script]
    public var skipped: [Skipped]
    public var warnings: [String]

    public init(
        name: RecoveryPointName, state: RecoveryPointState, taken: Date, finished: Date, server: Server,
        tools: [String: String], options: [String: String], databases: [Database], scripts: [Script],
        skipped: [Skipped], warnings: [String]
    ) {
        self.name = name.text
        self.state = state
        self.taken = taken
        self.finished = finished
        self.server = server
        self.tools = tools
        self.options = options
        self.databases = databases
        self.scripts = scripts
        self.skipped = skipped
        self.warnings = warnings
    }
}

public enum RecoveryPointState: String, Sendable, Codable {
    case complete
    case partial
}

extension Manifest {
    /// The server that was dumped.
    public struct Server: Sendable, Codable, Equatable {
        public var host: String
        public var port: String
        /// As the server prints it: `15.20 (Debian 15.20-0+deb12u1)`.
        public var version: String
        /// As `server_version_num`: 150020.
        public var versionNumber: Int

        public init(host: String, port: String, version: String, versionNumber: Int) {
            self.host = host
            self.port = port
            self.version = version
            self.versionNumber = versionNumber
        }
    }

    /// A blob and what is known of its bytes.
    public struct File: Sendable, Codable, Equatable {
        /// The blob's name without the folder.
        public var name: String
        /// In bytes.
        public var size: Int
        /// SHA-256 over the runs and all piece digests, hexadecimal.
        public var root: String
        /// The runs of pieces: offset, length and piece size of each, in bytes.
        public var runs: [[Int]]
        /// The SHA-256 of every piece, one after the other, in Base64.
        public var digests: String
        /// The CRC-64 of all bytes, 16 hexadecimal digits, as it is in the blob's metadata; `nil` in older manifests.
        public var crc64: String?

        public init(name: String, pieces: PieceDigests, crc64: String? = nil) {
            self.crc64 = crc64
            self.name = name
            size = pieces.size
            root = Hexadecimal.text(pieces.root)
            runs = pieces.runs.map { [$0.offset, $0.length, $0.pieceSize] }
            digests = Base64.encode(pieces.packed)
        }
    }

    /// One dumped database.
    public struct Database: Sendable, Codable, Equatable {
        public var name: String
        public var file: File
        /// The server's time right before pg_dump took its snapshot.
        public var taken: Date
        public var encoding: String
        public var collate: String
        public var characterType: String
        /// `libc`, `icu` or `builtin`.
        public var localeProvider: String
        /// The locale of the provider; `nil` with `libc`.
        public var providerLocale: String?
        public var icuRules: String?
        public var owner: String
        /// The archive's format version, such as `1.14`; empty for a script.
        public var archiveVersion: String
        /// Bytes of header and table of contents at the start of the archive.
        public var prefixLength: Int
        public var members: [Member]
        public var warnings: [String]
        /// What the file is; `nil` for an archive.
        public var format: Format?
        /// The other blobs of a directory, whose `file` is its table of contents; `nil` for the other formats.
        public var parts: [File]?

        /// The formats of pg_dump beside its custom archive.
        public enum Format: String, Sendable, Codable {
            /// A script of SQL; it has no members.
            case plain
            /// A blob for the table of contents, one for each member, and one for each large object.
            case directory
        }

        public init(
            name: String, file: File, taken: Date, encoding: String, collate: String, characterType: String,
            localeProvider: String, providerLocale: String?, icuRules: String?, owner: String, archiveVersion: String,
            prefixLength: Int,
            members: [Member], warnings: [String], format: Format? = nil, parts: [File]? = nil
        ) {
            self.name = name
            self.file = file
            self.taken = taken
            self.encoding = encoding
            self.collate = collate
            self.characterType = characterType
            self.localeProvider = localeProvider
            self.providerLocale = providerLocale
            self.icuRules = icuRules
            self.owner = owner
            self.archiveVersion = archiveVersion
            self.prefixLength = prefixLength
            self.members = members
            self.warnings = warnings
            self.format = format
            self.parts = parts
        }

        /// All its blobs, in bytes.
        public var size: Int { files.reduce(0) { $0 + $1.size } }

        /// Every blob of it.
        public var files: [File] { [file] + (parts ?? []) }
    }

    /// One member of an archive: the data of a table, or a group of large objects.
    public struct Member: Sendable, Codable, Equatable {
        /// The TOC entry it belongs to.
        public var id: Int
        /// The entry's description, such as `TABLE DATA`.
        public var kind: String
        public var schema: String?
        public var tag: String
        /// Where it begins in the archive, in bytes.
        public var offset: Int
        /// In bytes, framing included.
        public var length: Int
        /// Bytes inside the framing, as they are stored.
        public var stored: Int
        /// Bytes before compression, where that is known.
        public var raw: Int?
        /// In a directory, the name of its file there; `offset` is 0 then, and `length` that of all its files.
        public var file: String?
        /// The rows of a table's data, where they were counted.
        public var rows: Int?

        public init(
            id: Int, kind: String, schema: String?, tag: String, offset: Int, length: Int, stored: Int, raw: Int?,
            file: String? = nil, rows: Int? = nil
        ) {
            self.file = file
            self.rows = rows
            self.id = id
            self.kind = kind
            self.schema = schema
            self.tag = tag
            self.offset = offset
            self.length = length
            self.stored = stored
            self.raw = raw
        }
    }

    /// A script beside the archives.
    public struct Script: Sendable, Codable, Equatable {
        public enum Kind: String, Sendable, Codable { case roles, tablespaces, schemas }

        public var kind: Kind
        public var file: File

        public init(kind: Kind, file: File) {
            self.kind = kind
            self.file = file
        }
    }

    /// A database that was left out, and why.
    public struct Skipped: Sendable, Codable, Equatable {
        public var name: String
        public var reason: String

        public init(name: String, reason: String) {
            self.name = name
            self.reason = reason
        }
    }
}

extension Manifest {
    /// The whole set, in bytes.
    public var size: Int { files.reduce(0) { $0 + $1.size } }

    /// Every blob it names beside itself and the marker.
    public var files: [File] { databases.flatMap(\.files) + scripts.map(\.file) }

    public func script(_ kind: Script.Kind) -> Script? { scripts.first { $0.kind == kind } }
}

extension Manifest.Member: CustomStringConvertible {
    /// As the table of contents describes its entry: `TABLE DATA public.rows (dump ID 3377)`.
    public var description: String {
        let name = [schema, tag].compactMap(\.self).map { ArchiveText(stringLiteral: $0).description }
        return "\(kind) \(name.joined(separator: ".")) (dump ID \(id))"
    }
}
