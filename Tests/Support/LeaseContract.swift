public import BlobStorage
import ByteStreams
import HTTPMessages
import SystemCalls
public import Testing

/// What stores whose blobs and containers can be leased must do; times are those of a clock that the case moves.
public enum LeaseContract {
    public struct Case: Sendable {
        let name: String
        let body: @Sendable (LeaseKit) async throws -> Void

        init(_ name: String, _ body: @escaping @Sendable (LeaseKit) async throws -> Void) {
            self.name = name
            self.body = body
        }

        /// - Parameter account: Takes its time from `clock`.
        public func run(_ account: any BlobAccount, clock: ServiceClock) async throws {
            let kit = try ContractKit(account: account)
            _ = try await account.create(kit.container, metadata: ["made": "here"])
            try await body(LeaseKit(kit: kit, clock: clock))
        }
    }

    public static let cases: [Case] = actions + holders + containers
}

extension LeaseContract.Case: CustomTestStringConvertible {
    public var testDescription: String { name }
}

/// A container with a blob `a` to be leased, and short words for what is done with leases.
struct LeaseKit: Sendable {
    let kit: ContractKit
    let clock: ServiceClock

    var store: any LeasingStore { get throws { try #require(kit.store as? any LeasingStore) } }
    var container: any ManagedContainer { get throws { try #require(kit.store as? any ManagedContainer) } }

    @discardableResult
    func act(_ action: LeaseAction, if condition: AccessCondition = .always) async throws -> LeaseOutcome {
        try await store.lease(action, on: blob("a"), if: condition).0
    }

    @discardableResult
    func acquire(_ duration: Int? = 15, _ id: LeaseID? = nil) async throws -> LeaseID {
        try #require(await act(.acquire(duration: duration, proposed: id)).lease).id
    }

    func state() async throws -> Lease.State {
        try await kit.store.properties(of: blob("a"), if: .always).service.lease?.state(at: clock.now) ?? .available
    }

    func put(_ lease: LeaseID? = nil) async throws {
        try await kit.put("x", to: blob("a"), if: AccessCondition(lease: lease))
    }

    func stage(_ size: Int, _ lease: LeaseID?, whenRead: @escaping @Sendable () async throws -> Void = {}) async throws
    {
        var source = PausingSource(size: size, whenRead: whenRead)
        try await store.stage(&source, length: size, as: block("1"), of: blob("a"), showing: lease)
    }
}

/// Zeros; something happens before the first is read.
private struct PausingSource: ~Copyable, ByteSource {
    var size: Int
    var whenRead: (@Sendable () async throws -> Void)?

    mutating func read(into buffer: inout OutputSpan<UInt8>) async throws {
        try await whenRead.take()?()
        while size > 0, !buffer.isFull {
            buffer.append(0)
            size -= 1
        }
    }
}

let one = LeaseID(1, 1)
let two = LeaseID(2, 2)
