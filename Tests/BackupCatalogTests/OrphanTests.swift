import BackupCatalog
import BackupModel
import BlobStorage
import TestSupport
import Testing

@Suite("What unfinished dumps left behind")
struct OrphanTests {
    /// A catalog in which a dump died before its marker.
    private func catalogWithOrphan() async throws -> (RecoveryPointCatalog, RecoveryPointName) {
        let catalog = CatalogKit.catalog(try await CatalogKit.store())
        let (name, token) = (try RecoveryPointName("one"), CatalogKit.token())
        for part in [SetLayout.Part.database("a"), .database("b"), .roles] {
            try await CatalogKit.put([1], as: part, of: name, in: catalog, token: token)
        }
        return (catalog, name)
    }

    @Test("is no recovery point, keeps its name, and is gone when it was removed")
    func removed() async throws {
        let (catalog, name) = try await catalogWithOrphan()
        let listing = try await catalog.listing()
        #expect(listing.entries.isEmpty)
        let refusal = await #expect(throws: CatalogError.self) { try await catalog.requireUnused(name) }
        #expect(refusal?.kind == .leftovers)
        await #expect(throws: CatalogError.self) { try await catalog.load(name) }
        let orphan = try #require(listing.orphans.first)
        #expect(try await catalog.remove(orphan) == 3)
        #expect(try await catalog.remove(orphan) == 0)
        try await catalog.requireUnused(name)
    }

    @Test("is not removed once it has a marker")
    func marked() async throws {
        let (catalog, name) = try await catalogWithOrphan()
        let orphan = try #require(try await catalog.listing().orphans.first)
        try await CatalogKit.put([1], as: .marker, of: name, in: catalog, token: CatalogKit.token())
        #expect(try await catalog.remove(orphan) == 0)
        #expect(try await catalog.listing().entries.first?.databases == ["a", "b"])
    }

    @Test("leaves alone what another dump of that name has written since it was listed")
    func rewritten() async throws {
        let (catalog, name) = try await catalogWithOrphan()
        let orphan = try #require(try await catalog.listing().orphans.first)
        let blob = try await CatalogKit.put(
            [2], as: .database("a"), of: name, in: catalog, token: CatalogKit.token(), if: .always)
        #expect(try await catalog.remove(orphan) == 2)
        #expect(try await catalog.store.properties(of: blob, if: .always).size == 1)
    }

    @Test("never includes a blob that somebody else wrote")
    func foreign() async throws {
        let (catalog, name) = try await catalogWithOrphan()
        let theirs = try await CatalogKit.put([1], as: .schemas, of: name, in: catalog, token: nil)
        let orphan = try #require(try await catalog.listing().orphans.first)
        #expect(!orphan.blobs.map(\.name).contains(theirs))
        #expect(try await catalog.remove(orphan) == 3)
        #expect(try await catalog.store.properties(of: theirs, if: .always).size == 1)
    }

    @Test("a recovery point with an odd name is never taken for one", arguments: ["x_", "\u{301}", "x\u{600}"])
    func oddNames(name: String) async throws {
        let catalog = CatalogKit.catalog(try await CatalogKit.store())
        try await CatalogKit.publish(name, in: catalog)
        let listing = try await catalog.listing()
        #expect(listing.orphans.isEmpty)
        #expect(listing.entries.map(\.name.text) == [name])
        #expect(try await catalog.load(RecoveryPointName(name)).databases.count == 1)
    }

    @Test("removing what a dump wrote itself spares what others wrote")
    func ownOnly() async throws {
        let (catalog, name) = try await catalogWithOrphan()
        let token = CatalogKit.token()
        let mine = try await CatalogKit.put([1], as: .schemas, of: name, in: catalog, token: token)
        let blobs = try await catalog.store.blobs(prefix: "nightly/")
        let withdrawal = Withdrawal(from: catalog.store, of: token, within: .seconds(30), on: ContinuousClock())
        let outcome = await withdrawal.run(blobs.map(\.name))
        #expect(outcome.removed == [mine] && outcome.left == [])
        let left = try await catalog.store.blobs(prefix: "nightly/").map(\.name)
        #expect(left.count == blobs.count - 1)
        #expect(!left.contains(mine))
    }
}
