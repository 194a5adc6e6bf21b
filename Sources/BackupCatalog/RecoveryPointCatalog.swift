public import BackupModel
public import BlobStorage
import CryptoDigests
public import FoundationEssentials

/// The recovery points of one folder of a container.
public struct RecoveryPointCatalog: Sendable {
    public let store: any BlobStore
    public let layout: SetLayout

    /// A manifest of 20,000 tables has about 5 MB.
    static let largestManifest = 256 << 20
    static let largestMarker = 4 << 20

    public init(store: any BlobStore, layout: SetLayout) {
        self.store = store
        self.layout = layout
    }

    /// What is there: recovery points, and what unfinished dumps left behind.
    public func listing() async throws -> SetListing {
        // Folders below belong to others: with a delimiter the service does not even send them.
        var (blobs, folders) = try await store.blobsAndPrefixes(prefix: layout.prefix, delimiter: "/")
        let marked = blobs.compactMap { blob -> RecoveryPointName? in
            guard let (name, part) = layout.part(of: blob.name), part == .marker else { return nil }
            return PartMark.isOn(blob.properties) ? name : nil
        }
        // What is in a directory matters only where no marker says it: a database may have thousands of blobs.
        for folder in folders {
            guard let (name, _) = layout.directory(of: folder), !marked.contains(name) else { continue }
            blobs += try await store.blobs(prefix: folder)
        }
        return SetListing(blobs, folders: folders, layout: layout)
    }

    /// Makes sure that no blob has the name of a blob of this recovery point.
    ///
    /// Throws ``CatalogError``: `exists`, also for a set of other origin, or `leftovers` of a dump that ended between
    /// commit and marker.
    public func requireUnused(_ name: RecoveryPointName) async throws {
        let taken = try await store.blobs(prefix: layout.prefix + name.text + "_")
        let mine = taken.filter { layout.part(of: $0.name)?.name == name }
        guard !mine.isEmpty else { return }
        let isMarked = mine.contains { layout.part(of: $0.name)?.part == .marker }
        // What somebody else put there has no marker, and is there all the same.
        let isOurs = mine.contains { PartMark.isOn($0.properties) }
        throw CatalogError(isOurs && !isMarked ? .leftovers : .exists, name: name)
    }

    /// Writes the manifest, create-only, and answers the marker that makes it count.
    public func write(_ manifest: Manifest, of name: RecoveryPointName, token: UploadToken) async throws -> Marker {
        let document = try manifest.encoded()
        guard document.count <= Self.largestManifest else { throw CatalogError(.manifestTooLarge, name: name) }
        _ = try await store.put(
            document.span, to: layout.blob(of: .manifest, of: name),
            attributes: BlobAttributes(
                contentType: "application/json", metadata: metadata(of: .manifest, token)),
            if: .absent)
        return Marker(
            name: name, taken: manifest.taken, state: manifest.state,
            manifest: SetLayout.fileName(of: .manifest, of: name),
            manifestDigest: Hexadecimal.text(Digest.of(document.span, .sha256)))
    }

    /// Writes the marker, create-only: with it the recovery point exists.
    public func write(_ marker: Marker, for manifest: Manifest, token: UploadToken) async throws {
        let text = Array(marker.text(databases: manifest.databases, skipped: manifest.skipped).utf8)
        let directories = manifest.databases.filter { $0.format == .directory }
        let summary = MarkerSummary(
            state: marker.state, taken: marker.taken,
            directorySize: directories.isEmpty ? nil : directories.reduce(0) { $0 + $1.size }
        ).metadata
        _ = try await store.put(
            text.span, to: layout.blob(of: .marker, of: marker.name),
            attributes: BlobAttributes(
                contentType: "text/plain; charset=utf-8",
                metadata: summary.merging(metadata(of: .marker, token)) { $1 }),
            if: .absent)
    }

    /// Reads a recovery point, checking marker and manifest against each other.
    ///
    /// A set of other origin has no manifest; its blobs are taken as the layout names them. Throws ``CatalogError`` if
    /// there is none of that name, ``ManifestError`` if what is there cannot be believed.
    public func load(_ name: RecoveryPointName) async throws -> RecoveryPoint {
        let blobs = try await store.blobs(prefix: layout.prefix + name.text + "_")
        let parts = blobs.compactMap { blob -> (part: SetLayout.Part, name: BlobName, properties: BlobProperties)? in
            guard let (owner, part) = layout.part(of: blob.name), owner == name else { return nil }
            return (part, blob.name, blob.properties)
        }
        let isOurs = parts.contains { PartMark.isOn($0.properties) }
        guard isOurs else { return try foreign(name, parts.map { ($0.part, $0.name, $0.properties) }) }
        guard parts.contains(where: { $0.part == .marker }) else { throw CatalogError(.leftovers, name: name) }
        let marker = try await Marker(
            decoding: store.contents(of: layout.blob(of: .marker, of: name), limit: Self.largestMarker).bytes)
        let document = try await store.contents(
            of: layout.blob(of: .manifest, of: name), limit: Self.largestManifest
        ).bytes
        guard Hexadecimal.text(Digest.of(document.span, .sha256)) == marker.manifestDigest else {
            throw ManifestError(.notTheOneNamed)
        }
        let manifest = try Manifest(decoding: document)
        guard manifest.name == name.text else { throw ManifestError(.notTheOneNamed) }
        return try RecoveryPoint(name: name, manifest: manifest, layout: layout)
    }

    /// The newest recovery point that Penstock wrote completely, taken before `time` if that is given.
    public func latest(before time: Date? = nil) async throws -> RecoveryPointName {
        let entry = try await listing().entries.first { entry in
            entry.state == .complete && time.map { entry.taken < $0 } ?? true
        }
        guard let entry else { throw CatalogError(.none, name: nil) }
        return entry.name
    }

    private func metadata(of part: SetLayout.Part, _ token: UploadToken) -> [String: String] {
        PartMark.metadata(of: part).merging([UploadToken.metadataName: token.text]) { $1 }
    }

    private func foreign(
        _ name: RecoveryPointName, _ parts: [(part: SetLayout.Part, name: BlobName, properties: BlobProperties)]
    ) throws -> RecoveryPoint {
        let databases = parts.compactMap { part -> RecoveryPoint.Database? in
            guard case .database(let database) = part.part else { return nil }
            return RecoveryPoint.Database(name: database, blob: part.name, size: part.properties.size, facts: nil)
        }
        guard !databases.isEmpty else { throw CatalogError(.notFound, name: name) }
        let roles = parts.first { $0.part == .roles }
        return RecoveryPoint(
            name: name, databases: databases,
            roles: roles.map { RecoveryPoint.Script(blob: $0.name, size: $0.properties.size, pieces: nil) },
            tablespaces: nil)
    }
}
