public import BlobStorage
import ByteStreams
import HTTPMessages
import SystemCalls
public import Testing

/// What stores must do whose blobs can be described anew, tagged, tiered, kept as snapshots and appended to; times are
/// those of a clock that the case moves.
public enum AnnotationContract {
    public struct Case: Sendable {
        let name: String
        let body: @Sendable (AnnotationKit) async throws -> Void

        init(_ name: String, _ body: @escaping @Sendable (AnnotationKit) async throws -> Void) {
            self.name = name
            self.body = body
        }

        /// - Parameter account: Takes its time from `clock`.
        public func run(_ account: any BlobAccount, clock: ServiceClock) async throws {
            let kit = try ContractKit(account: account)
            _ = try await account.create(kit.container, metadata: [:])
            try await body(AnnotationKit(kit: kit, clock: clock))
        }
    }

    public static let cases: [Case] = annotations + tiers + snapshots + snapshotListings + appending
}

extension AnnotationContract.Case: CustomTestStringConvertible {
    public var testDescription: String { name }
}

/// A container, and short words for what is said of its blob `a`.
struct AnnotationKit: Sendable {
    let kit: ContractKit
    let clock: ServiceClock

    var store: any BlobStore { kit.store }
    var annotating: any AnnotatingStore { get throws { try #require(kit.store as? any AnnotatingStore) } }
    var snapshotting: any SnapshottingStore { get throws { try #require(kit.store as? any SnapshottingStore) } }
    var appending: any AppendingStore { get throws { try #require(kit.store as? any AppendingStore) } }
    var leasing: any LeasingStore { get throws { try #require(kit.store as? any LeasingStore) } }

    @discardableResult
    func put(_ text: String = "x", attributes: BlobAttributes = BlobAttributes()) async throws -> WrittenBlob {
        try await kit.put(text, to: blob("a"), attributes: attributes)
    }

    func properties() async throws -> BlobProperties { try await store.properties(of: blob("a"), if: .always) }

    func text() async throws -> String { try await kit.text(of: blob("a")) }

    @discardableResult
    func snapshot(_ name: String = "a", metadata: [String: String]? = nil) async throws -> SnapshotID {
        try await snapshotting.snapshot(blob(name), metadata: metadata, if: .always).0
    }

    func text(of snapshot: SnapshotID) async throws -> String {
        let bytes = try await [UInt8].filled(capacity: 1 << 20) { buffer in
            _ = try await snapshotting.read(
                blob("a"), snapshot: snapshot, range: ByteRange(from: 0), if: .always, into: &buffer)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @discardableResult
    func create(attributes: BlobAttributes = BlobAttributes()) async throws -> WrittenBlob {
        try await appending.createAppendBlob(blob("a"), attributes: attributes, if: .always)
    }

    @discardableResult
    func append(
        _ text: String, at position: AppendCondition = AppendCondition(), if condition: AccessCondition = .always
    ) async throws -> AppendedBlock {
        var source = MemorySource(Array(text.utf8))
        return try await appending.append(
            &source, length: text.utf8.count, to: blob("a"), at: position, if: condition)
    }
}
