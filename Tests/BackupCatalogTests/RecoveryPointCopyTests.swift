import BackupCatalog
import BackupModel
import BlobStorage
import Diagnostics
import TestSupport
import Testing

@Suite("What is copied of a recovery point")
struct RecoveryPointCopyTests {
    @Test("is all that its manifest names, then the manifest, and last the marker")
    func whole() async throws {
        let store = try await CatalogKit.store()
        let catalog = CatalogKit.catalog(store)
        try await CatalogKit.publish("one", in: catalog)
        try await CatalogKit.publish("one_more", in: catalog)
        let wishes = try await catalog.copies(of: RecoveryPointName("one"), to: SetLayout(path: "kept/here"))
        #expect(
            wishes.map(\.destination.text) == [
                "kept/here/one_database_shop.sql", "kept/here/one_roles.sql", "kept/here/one_manifest.json",
                "kept/here/one_timestamp.txt",
            ])
        #expect(wishes.map(\.turn) == [.data, .data, .manifest, .marker])
        #expect(wishes.first?.manifest?.size == 7)
    }

    @Test("is refused where a blob is missing, is another, or there is no marker")
    func broken() async throws {
        let store = try await CatalogKit.store()
        let catalog = CatalogKit.catalog(store)
        try await CatalogKit.publish("one", in: catalog)
        let name = try RecoveryPointName("one")
        let target = SetLayout(path: "kept")
        let roles = try BlobName("nightly/one_roles.sql")
        _ = try await store.put([1].span, to: roles, attributes: BlobAttributes(), if: .always)
        let wishes = try await catalog.copies(of: name, to: target)
        let error = #expect(throws: CopyError.self) {
            try CopyPlan(wishes, from: "p", existing: [:], way: .server, mode: .auto, blockSize: 1 << 20)
        }
        #expect(error?.kind == .notAsItsManifestSays && error?.exitCode == .integrity)
        try await store.delete(roles, if: .always)
        let missing = await #expect(throws: BlobStoreError.self) { try await catalog.copies(of: name, to: target) }
        #expect(missing?.kind == .blobNotFound && missing?.subject.contains("one_roles.sql") == true)
        try await store.delete(BlobName("nightly/one_timestamp.txt"), if: .always)
        await #expect(throws: CatalogError(.leftovers, name: name)) { try await catalog.copies(of: name, to: target) }
    }

    @Test(
        "waits for its turn in a copied folder, too",
        arguments: [
            ("a/x_timestamp.txt", CopyTurn.marker), ("x_manifest.json", .manifest), ("a/b/x_roles.sql", .data),
            ("x_database_d.dir/toc.dat", .data), ("timestamp.txt", .data), ("anything", .data),
        ])
    func turn(blob: String, turn: CopyTurn) throws { #expect(SetLayout.copyTurn(of: try BlobName(blob)) == turn) }
}
