public import BlobStorage
import CryptoDigests
import FoundationEssentials
import PostgresFormats

extension Manifest {
    /// The document: sorted keys, so that equal manifests are equal bytes.
    public func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return try [UInt8](encoder.encode(self)) + [UInt8(ascii: "\n")]
    }

    /// Reads a document and checks that it makes sense.
    ///
    /// Everything it says was written by somebody else: names, sizes and runs are checked before they are believed.
    public init(decoding bytes: [UInt8]) throws(ManifestError) {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        let data = Data(bytes)
        guard let outline = try? decoder.decode(Outline.self, from: data), outline.format == "penstock-manifest" else {
            throw ManifestError(.notAManifest)
        }
        guard outline.version <= Self.currentVersion else { throw ManifestError(.fromTheFuture(outline.version)) }
        do {
            self = try decoder.decode(Manifest.self, from: data)
        } catch {
            throw ManifestError(.malformed(Self.place(of: error)))
        }
        try check()
    }

    private struct Outline: Decodable {
        let format: String
        let version: Int
    }

    private func check() throws(ManifestError) {
        guard (try? RecoveryPointName(name)) != nil else { throw ManifestError(.malformed("name")) }
        var names: Set<[UInt8]> = []
        var inDirectories: Set<[UInt8]> = []
        for database in databases where database.format == .directory {
            try database.checkDirectory()
            inDirectories.formUnion(database.files.map { Array($0.name.utf8) })
        }
        for file in files {
            let bytes = Array(file.name.utf8)
            let isInPlace = inDirectories.contains(bytes) || !bytes.contains(UInt8(ascii: "/"))
            guard names.insert(bytes).inserted, !file.name.isEmpty, isInPlace else {
                throw ManifestError(.malformed("the file name `\(file.name)`"))
            }
            guard file.pieces != nil else { throw ManifestError(.malformed("the pieces of `\(file.name)`")) }
        }
        // By bytes: PostgreSQL tells canonically equivalent names apart, and Swift's strings do not.
        guard Set(databases.map { Array($0.name.utf8) }).count == databases.count else {
            throw ManifestError(.malformed("a database named twice"))
        }
    }

    private static func place(of error: any Error) -> String {
        let path =
            switch error {
            case DecodingError.keyNotFound(let key, let context): context.codingPath + [key]
            case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
                DecodingError.dataCorrupted(let context):
                context.codingPath
            default: [any CodingKey]()
            }
        return path.isEmpty ? "the document" : path.map(\.stringValue).joined(separator: ".")
    }
}

extension Manifest.Database {
    /// Throws unless all its files lie in one directory, and the data of its members is in them.
    fileprivate func checkDirectory() throws(ManifestError) {
        var directories: Set<[UInt8]> = []
        var names: Set<String> = []
        for file in files {
            guard let (directory, name) = file.place, DirectoryFile.parse(name) != nil else {
                throw ManifestError(.malformed("the file name `\(file.name)`"))
            }
            directories.insert(Array(directory.utf8))
            names.insert(name)
        }
        guard directories.count == 1, file.place?.name == DirectoryFile.contents.name else {
            throw ManifestError(.malformed("the directory of the database `\(name)`"))
        }
        for member in members {
            guard let file = member.file, names.contains(file) else {
                throw ManifestError(.malformed("the file of member \(member.id) of the database `\(name)`"))
            }
        }
    }
}

extension Manifest.File {
    /// The directory in which it lies, and its name there; `nil` if its name has not one slash inside.
    public var place: (directory: String, name: String)? {
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[0].elementsEqual(".".utf8), !parts[0].elementsEqual("..".utf8)
        else { return nil }
        return (String(Substring(parts[0])), String(Substring(parts[1])))
    }

    /// The digests to check the blob against; `nil` if what is written down contradicts itself.
    public var pieces: PieceDigests? {
        guard let packed = Base64.decode(digests), runs.allSatisfy({ $0.count == 3 }) else { return nil }
        let checked = PieceDigests(
            runs: runs.map { PieceDigests.Run(offset: $0[0], length: $0[1], pieceSize: $0[2]) }, packed: packed)
        guard let checked, checked.size == size, Hexadecimal.text(checked.root) == root else { return nil }
        return checked
    }
}
