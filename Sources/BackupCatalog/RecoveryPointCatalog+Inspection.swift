public import BackupModel
import BlobStorage
import CryptoDigests
import FoundationEssentials

extension RecoveryPointCatalog {
    /// Compares listing, marker and manifest of a recovery point, and says all that is wrong with them.
    ///
    /// Throws ``CatalogError`` if there is nothing of that name, `BlobStoreError` where the store fails, and
    /// ``ManifestError`` for a manifest of a later version, which nobody can judge.
    public func inspect(_ name: RecoveryPointName) async throws -> SetInspection {
        let listed = try await store.blobs(prefix: layout.prefix + name.text + "_").compactMap { blob -> Listed? in
            guard let (owner, part) = layout.part(of: blob.name), owner == name else { return nil }
            return Listed(name: blob.name, part: part, state: blob.properties)
        }
        guard listed.contains(where: { PartMark.isOn($0.state) }) else {
            return try foreign(name, listed)
        }
        var inspection = Inspecting(name: name, catalog: self, listed: listed)
        return try await inspection.run()
    }

    private func foreign(_ name: RecoveryPointName, _ listed: [Listed]) throws -> SetInspection {
        let isDump = listed.contains { if case .database = $0.part { true } else { false } }
        guard isDump else { throw CatalogError(.notFound, name: name) }
        let finding = VerifyFinding(
            .noManifest, "the set was not written by penstock: no manifest says what its blobs should be")
        return SetInspection(
            name: name, manifest: nil, files: listed.filter(\.isContent).map(\.unproven), findings: [finding])
    }
}

/// A blob of the set, as it was listed.
private struct Listed {
    let name: BlobName
    let part: SetLayout.Part
    let state: BlobProperties

    /// Whether it is neither manifest nor marker.
    var isContent: Bool { part != .manifest && part != .marker }

    /// As a file of which nothing is known but its name.
    var unproven: SetInspection.File {
        let database: String? = if case .database(let name) = part { name } else { nil }
        return SetInspection.File(blob: name, state: state, pieces: nil, database: database, facts: nil, member: nil)
    }
}

/// One inspection of a set that Penstock wrote.
private struct Inspecting {
    let name: RecoveryPointName
    let catalog: RecoveryPointCatalog
    let listed: [Listed]
    private let states: [BlobName: BlobProperties]
    private var findings: [VerifyFinding] = []

    init(name: RecoveryPointName, catalog: RecoveryPointCatalog, listed: [Listed]) {
        self.name = name
        self.catalog = catalog
        self.listed = listed
        states = Dictionary(listed.map { ($0.name, $0.state) }, uniquingKeysWith: { first, _ in first })
    }

    mutating func run() async throws -> SetInspection {
        let marker = try await marker()
        guard let manifest = try await manifest(named: marker) else {
            let files = listed.filter(\.isContent).map(\.unproven)
            return SetInspection(name: name, manifest: nil, files: files, findings: findings)
        }
        if let marker { compare(marker, with: manifest) }
        for database in manifest.databases { checkMembers(of: database) }
        let files = try await files(of: manifest)
        return SetInspection(name: name, manifest: manifest, files: files, findings: findings)
    }

    private mutating func add(
        _ kind: VerifyFinding.Kind, _ blob: BlobName? = nil, of member: Manifest.Member? = nil, _ text: String,
        range: Range<Int>? = nil
    ) {
        findings.append(VerifyFinding(kind, blob: blob?.text, member: member?.description, range: range, text))
    }

    // MARK: Marker and manifest

    private mutating func marker() async throws -> Marker? {
        let blob = try catalog.layout.blob(of: .marker, of: name)
        guard let bytes = try await contents(of: blob, limit: RecoveryPointCatalog.largestMarker) else {
            add(.markerMissing, blob, "the marker is missing, without which this is no recovery point")
            return nil
        }
        do throws(ManifestError) {
            return try Marker(decoding: bytes)
        } catch {
            add(.markerUnreadable, blob, error.summary)
            return nil
        }
    }

    /// The manifest, if it is there and to be believed.
    private mutating func manifest(named marker: Marker?) async throws -> Manifest? {
        let blob = try catalog.layout.blob(of: .manifest, of: name)
        guard let bytes = try await contents(of: blob, limit: RecoveryPointCatalog.largestManifest) else {
            add(.manifestMissing, blob, "the manifest is missing, so nothing says what the blobs should be")
            return nil
        }
        if let marker, Hexadecimal.text(Digest.of(bytes.span, .sha256)) != marker.manifestDigest {
            add(.manifestReplaced, blob, ManifestError(.notTheOneNamed).summary + "; it is not believed")
            return nil
        }
        do throws(ManifestError) {
            let manifest = try Manifest(decoding: bytes)
            guard manifest.name == name.text else {
                add(.manifestReplaced, blob, "the manifest is that of another recovery point; it is not believed")
                return nil
            }
            return manifest
        } catch {
            if case .fromTheFuture = error.kind { throw error }
            add(.manifestUnreadable, blob, error.summary)
            return nil
        }
    }

    /// The bytes of a small blob; `nil` if it is not there.
    private func contents(of blob: BlobName, limit: Int) async throws -> [UInt8]? {
        do {
            return try await catalog.store.contents(of: blob, limit: limit).bytes
        } catch let error as BlobStoreError where error.kind == .blobNotFound {
            return nil
        }
    }

    private mutating func compare(_ marker: Marker, with manifest: Manifest) {
        let blob = listed.first { $0.part == .marker }
        if marker.name != name || marker.manifest != SetLayout.fileName(of: .manifest, of: name) {
            add(.markerDiffers, blob?.name, "the marker names the recovery point `\(marker.name)`")
        }
        // The marker has whole seconds.
        let isSameTime = abs(marker.taken.timeIntervalSince(manifest.taken)) < 1
        if marker.state != manifest.state || !isSameTime {
            add(.markerDiffers, blob?.name, "marker and manifest do not agree on when and how it was taken")
        }
        guard let blob, let summary = MarkerSummary(metadata: blob.state.attributes) else { return }
        if summary.state != marker.state || summary.taken != marker.taken {
            add(.markerDiffers, blob.name, "the marker's metadata, which `list` shows, differs from its text")
        }
    }

    /// Members must follow each other from the table of contents to the end of the file.
    private mutating func checkMembers(of database: Manifest.Database) {
        // The members of a directory have blobs of their own.
        guard database.format != .directory else { return }
        var position = database.prefixLength
        for member in database.members {
            guard member.offset == position, member.length > 0, member.length <= database.file.size - position else {
                return add(
                    .manifestContradicts, nil,
                    "by the manifest member \(member.id) of the database \(database.name) begins at byte "
                        + "\(member.offset), and what is before it ends at \(position)")
            }
            position += member.length
        }
        // Only archives have members.
        guard !database.members.isEmpty, position != database.file.size else { return }
        add(
            .manifestContradicts, nil,
            "by the manifest the members of the database \(database.name) end at byte \(position), and its file at "
                + "\(database.file.size)")
    }

    // MARK: Blobs

    private mutating func files(of manifest: Manifest) async throws -> [SetInspection.File] {
        var files: [SetInspection.File] = []
        for database in manifest.databases {
            let members = Dictionary(
                database.members.compactMap { member in member.file.map { ($0, member) } },
                uniquingKeysWith: { first, _ in first })
            for file in database.files {
                let member = file.place.flatMap { members[$0.name] }
                if let file = try await self.file(file, of: database, member) { files.append(file) }
            }
        }
        for script in manifest.scripts {
            if let file = try await file(script.file, of: nil) { files.append(file) }
        }
        let named = Set(manifest.files.map { Array((catalog.layout.prefix + $0.name).utf8) })
        for blob in listed where blob.isContent && !named.contains(Array(blob.name.text.utf8)) {
            add(.blobUnnamed, blob.name, "the manifest does not name this blob, which has the name of a part")
        }
        return files
    }

    private mutating func file(
        _ file: Manifest.File, of database: Manifest.Database?, _ member: Manifest.Member? = nil
    ) async throws -> SetInspection.File? {
        let blob = try BlobName(catalog.layout.prefix + file.name)
        guard let state = try await state(of: blob) else {
            add(.blobMissing, blob, of: member, "the blob is missing")
            return nil
        }
        let pieces = file.pieces
        if state.size != file.size {
            let range = min(state.size, file.size)..<max(state.size, file.size)
            add(
                .sizeDiffers, blob, of: member,
                "the blob has \(state.size) bytes, and the manifest says \(file.size)", range: range)
        }
        compareDigests(of: blob, state, pieces)
        return SetInspection.File(
            blob: blob, state: state, pieces: pieces, database: database?.name, facts: database, member: member)
    }

    /// A digest that the blob carries must be that of the manifest's pieces, where both are made alike.
    private mutating func compareDigests(of blob: BlobName, _ state: BlobProperties, _ pieces: PieceDigests?) {
        guard let text = state.attributes.metadata(named: BlobDigest.metadataName), let pieces,
            let expected = BlobDigest(pieces), BlobDigest(text)?.pieceSize == expected.pieceSize,
            text != expected.text
        else { return }
        add(.digestDiffers, blob, "the SHA-256 in the blob's metadata is not that of the manifest's pieces")
    }

    private func state(of blob: BlobName) async throws -> BlobProperties? {
        if let found = states[blob] { return found }
        do {
            return try await catalog.store.properties(of: blob, if: .always)
        } catch let error as BlobStoreError where error.kind == .blobNotFound {
            return nil
        }
    }
}
