public import BackupModel
public import BlobStorage

extension RecoveryPointCatalog {
    /// What has to be copied of a recovery point, so that it is there in another folder.
    ///
    /// Marker and manifest are checked against each other, and everything that the manifest names must be there.
    public func copies(of name: RecoveryPointName, to target: SetLayout) async throws -> [CopyPlan.Wish] {
        let blobs = try await store.blobs(prefix: layout.prefix + name.text + "_").filter {
            layout.part(of: $0.name)?.name == name
        }
        let point = try await load(name)
        let found = Dictionary(blobs.map { ($0.name, $0.properties) }) { first, _ in first }
        guard let manifest = point.manifest else {
            return try blobs.map { try wish(for: $0.name, $0.properties, to: target) }
        }
        var wishes: [CopyPlan.Wish] = []
        for file in manifest.files {
            let blob = try BlobName(layout.prefix + file.name)
            guard let state = found[blob] else { throw BlobStoreError(.blobNotFound, subject: blob.text) }
            wishes.append(try wish(for: blob, state, to: target, file))
        }
        for part in [SetLayout.Part.manifest, .marker] {
            let blob = try layout.blob(of: part, of: name)
            guard let state = found[blob] else { throw BlobStoreError(.blobNotFound, subject: blob.text) }
            wishes.append(try wish(for: blob, state, to: target))
        }
        return wishes
    }

    private func wish(
        for blob: BlobName, _ state: BlobProperties, to target: SetLayout, _ file: Manifest.File? = nil
    ) throws -> CopyPlan.Wish {
        CopyPlan.Wish(
            source: blob, destination: try BlobName(target.prefix + blob.text.dropFirst(layout.prefix.count)),
            state: state, turn: SetLayout.copyTurn(of: blob), manifest: file.map { ($0.size, $0.crc64) })
    }
}

extension SetLayout {
    /// When a blob is copied: a marker only when everything it speaks for is there, whatever folder it is in.
    public static func copyTurn(of blob: BlobName) -> CopyTurn {
        let parts = blob.text.split(separator: "/", omittingEmptySubsequences: false)
        let folder = parts.dropLast().joined(separator: "/")
        guard let part = SetLayout(path: folder).part(of: blob)?.part else { return .data }
        return switch part {
        case .marker: .marker
        case .manifest: .manifest
        case .database, .directoryFile, .roles, .tablespaces, .schemas: .data
        }
    }
}
