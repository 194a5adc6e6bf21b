public import BlobStorage
import ByteStreams
import FoundationEssentials
import HTTPMessages
public import Testing

/// What stores that copy blobs without moving bytes must do.
public enum CopyContract {
    public struct Case: Sendable {
        let name: String
        let body: @Sendable (CopyKit) async throws -> Void

        init(_ name: String, _ body: @escaping @Sendable (CopyKit) async throws -> Void) {
            self.name = name
            self.body = body
        }

        public func run(_ account: any BlobAccount) async throws {
            let (kit, other) = (try ContractKit(account: account), try ContractKit(account: account))
            for container in [kit.container, other.container] { _ = try await account.create(container, metadata: [:]) }
            try await body(CopyKit(kit: kit, source: other))
        }
    }

    public static let cases: [Case] = wholes + parts + pending
}

extension CopyContract.Case: CustomTestStringConvertible {
    public var testDescription: String { name }
}

/// Two containers of one account, and short words for copying from one to the other.
struct CopyKit: Sendable {
    let kit: ContractKit
    let source: ContractKit

    var store: any CopyingStore { get throws { try #require(kit.store as? any CopyingStore) } }

    func from(
        _ name: String, snapshot: SnapshotID? = nil, if condition: AccessCondition = .always
    ) throws -> CopySource {
        CopySource(container: source.container, blob: try blob(name), snapshot: snapshot, condition: condition)
    }

    /// Copies with everything the source has.
    @discardableResult
    func copy(
        _ source: CopySource, to name: String, if condition: AccessCondition = .always, keepsBlocks: Bool = true
    ) async throws -> WrittenBlob {
        try await store.copy(from: source, to: blob(name), if: condition) { found in
            CopyDescription(
                attributes: found.attributes, kind: found.service.kind, keepsBlocks: keepsBlocks,
                state: state("c1", .success, done: found.size, total: found.size))
        }
    }

    /// A blob of three blocks, of which one is small enough to lie in the index.
    func makeSource(_ name: String = "source", attributes: BlobAttributes = BlobAttributes()) async throws -> [UInt8] {
        let blocks = [pattern(100_000, 1), pattern(700, 2), pattern(50_001, 3)]
        for (index, block) in blocks.enumerated() {
            try await source.store.stage(block.span, as: id(index), of: blob(name))
        }
        try await source.commit((0..<3).map { try id($0) }, to: blob(name), attributes: attributes)
        return blocks.flatMap(\.self)
    }

    func id(_ index: Int) throws -> BlockID { try block("block-\(index)") }

    /// Begins a copy to `a` that nobody carries on.
    func begin(_ id: String = "c1", total: Int = 400_000, if condition: AccessCondition = .always) async throws
        -> WrittenBlob
    {
        var nothing = MemorySource([])
        return try await store.putCopy(
            &nothing, length: 0, to: blob("a"), attributes: BlobAttributes(metadata: ["made": "by-copy"]),
            state: state(id, .pending, total: total), if: condition)
    }

    func end(_ id: String = "c1", _ bytes: [UInt8], promised: Int? = nil, if condition: AccessCondition) async throws {
        var source = MemorySource(bytes)
        _ = try await store.putCopy(
            &source, length: promised ?? bytes.count, to: blob("a"), attributes: BlobAttributes(),
            state: state(id, .success, done: bytes.count, total: bytes.count), if: condition)
    }

    func copyState(_ name: String = "a") async throws -> CopyState? {
        try await kit.store.properties(of: blob(name), if: .always).service.copy
    }
}

func state(_ id: String, _ status: CopyState.Status, done: Int = 0, total: Int) -> CopyState {
    CopyState(id: id, source: "http://host/account/box/source", status: status, done: done, total: total)
}

func pattern(_ count: Int, _ salt: Int = 0) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: ($0 + salt) % 251) }
}

/// Expects the source of a copy to be refused for that reason.
func expectSourceRefusal(
    _ kind: BlobStoreError.Kind, _ location: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async {
    do {
        try await body()
        Issue.record("\(kind) of the source was expected, but it was done", sourceLocation: location)
    } catch let error as CopySourceError {
        #expect(error.cause.kind == kind, sourceLocation: location)
    } catch {
        Issue.record("\(kind) of the source was expected, not \(error)", sourceLocation: location)
    }
}
