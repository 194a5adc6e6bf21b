import BackupCatalog
import BackupModel
import BlobStorage
import FoundationEssentials
import TestSupport
import Testing

@Suite("A catalog of recovery points")
struct CatalogTests {
    @Test("gives back what was published")
    func publishAndLoad() async throws {
        let catalog = CatalogKit.catalog(try await CatalogKit.store())
        let manifest = try await CatalogKit.publish("one", in: catalog)
        let point = try await catalog.load(RecoveryPointName("one"))
        #expect(point.manifest == manifest)
        #expect(point.databases.map(\.name) == ["shop"])
        #expect(point.databases.map(\.blob.text) == ["nightly/one_database_shop.sql"])
        #expect(point.roles?.blob.text == "nightly/one_roles.sql")
        #expect(point.tablespaces == nil)
        let entry = try #require(try await catalog.listing().entries.first)
        #expect(entry.state == .complete)
        #expect(entry.taken == manifest.taken)
        #expect(entry.databases == ["shop"])
    }

    @Test("lists the newest first, and answers the newest complete one of the time that was asked for")
    func order() async throws {
        let catalog = CatalogKit.catalog(try await CatalogKit.store())
        let late = CatalogKit.time.addingTimeInterval(3600)
        try await CatalogKit.publish("old", in: catalog)
        try await CatalogKit.publish("new", in: catalog, taken: late)
        try await CatalogKit.publish("half", in: catalog, taken: late.addingTimeInterval(60), state: .partial)
        #expect(try await catalog.listing().entries.map(\.name.text) == ["half", "new", "old"])
        #expect(try await catalog.latest().text == "new")
        #expect(try await catalog.latest(before: late).text == "old")
        await #expect(throws: CatalogError.self) { try await catalog.latest(before: CatalogKit.time) }
    }

    @Test("sees neither folders below its own nor those beside it")
    func folders() async throws {
        let store = try await CatalogKit.store()
        for path in ["nightly/deeper", "nightly2", ""] {
            try await CatalogKit.publish(
                "one", in: RecoveryPointCatalog(store: store, layout: SetLayout(path: path)))
        }
        #expect(try await CatalogKit.catalog(store).listing().entries.isEmpty)
        await #expect(throws: CatalogError.self) {
            try await CatalogKit.catalog(store).load(RecoveryPointName("one"))
        }
    }

    @Test("refuses a name that is taken, and only that name")
    func names() async throws {
        let catalog = CatalogKit.catalog(try await CatalogKit.store())
        try await CatalogKit.publish("one", in: catalog)
        for free in ["on", "one2", "one_", "two"] { try await catalog.requireUnused(RecoveryPointName(free)) }
        let refusal = await #expect(throws: CatalogError.self) {
            try await catalog.requireUnused(RecoveryPointName("one"))
        }
        #expect(refusal?.kind == .exists)
    }

    @Test("takes a set of other origin as the layout names it, and never for the newest of its own")
    func foreign() async throws {
        let catalog = CatalogKit.catalog(try await CatalogKit.store())
        let name = try RecoveryPointName("theirs")
        for part in [SetLayout.Part.database("a"), .roles] {
            try await CatalogKit.put([1], as: part, of: name, in: catalog, token: nil)
        }
        let point = try await catalog.load(name)
        #expect(point.manifest == nil)
        #expect(point.databases.map(\.name) == ["a"])
        #expect(point.databases.first?.pieces == nil)
        let listing = try await catalog.listing()
        #expect(listing.entries.map(\.state) == [.foreign])
        #expect(listing.orphans.isEmpty)
        await #expect(throws: CatalogError.self) { try await catalog.latest() }
        let refusal = await #expect(throws: CatalogError.self) { try await catalog.requireUnused(name) }
        #expect(refusal?.kind == .exists)
    }

    @Test("does not believe a manifest or a marker that was changed", arguments: [SetLayout.Part.manifest, .marker])
    func tampered(part: SetLayout.Part) async throws {
        let catalog = CatalogKit.catalog(try await CatalogKit.store())
        let name = try RecoveryPointName("one")
        try await CatalogKit.publish("one", in: catalog)
        let blob = try catalog.layout.blob(of: part, of: name)
        let (bytes, state) = try await catalog.store.contents(of: blob, limit: 1 << 20)
        let changed = String(decoding: bytes, as: UTF8.self).replacing("complete", with: "partial")
        #expect(changed != String(decoding: bytes, as: UTF8.self))
        // The marker's own words may change; what it says of the manifest may not.
        let text = part == .manifest ? changed : changed.replacing("manifest sha256: ", with: "manifest sha256: 0")
        _ = try await catalog.store.put(
            Array(text.utf8).span, to: blob, attributes: state.attributes, if: .always)
        await #expect(throws: ManifestError.self) { try await catalog.load(name) }
    }

    @Test("does not believe a manifest that belongs to another recovery point")
    func exchanged() async throws {
        let catalog = CatalogKit.catalog(try await CatalogKit.store())
        try await CatalogKit.publish("one", in: catalog)
        let (one, two) = (try RecoveryPointName("one"), try RecoveryPointName("two"))
        for part in [SetLayout.Part.manifest, .marker] {
            let (bytes, state) = try await catalog.store.contents(
                of: catalog.layout.blob(of: part, of: one), limit: 1 << 20)
            _ = try await catalog.store.put(
                bytes.span, to: catalog.layout.blob(of: part, of: two), attributes: state.attributes, if: .absent)
        }
        await #expect(throws: ManifestError(.notTheOneNamed)) { try await catalog.load(two) }
    }

    @Test("survives any single failure while publishing: it is there whole, or not at all", .tags(.faults))
    func faults() async throws {
        let calls = try await everyFailurePoint(in: {
            FaultyStore(try await CatalogKit.store(), plan: FaultPlan(target: nil, fault: .before))
        }) { store in
            try await CatalogKit.publish("one", in: CatalogKit.catalog(store))
        } check: { store, fault, error in
            #expect(error != nil)
            let catalog = CatalogKit.catalog(store)
            let listing = try await catalog.listing()
            guard listing.entries.isEmpty else {
                // Only a marker whose answer was lost.
                #expect(fault == .answerLost)
                #expect(try await catalog.load(RecoveryPointName("one")).databases.count == 1)
                return
            }
            for orphan in listing.orphans { #expect(try await catalog.remove(orphan) == orphan.blobs.count) }
            try await catalog.requireUnused(RecoveryPointName("one"))
        }
        #expect(calls == 4)
    }
}
