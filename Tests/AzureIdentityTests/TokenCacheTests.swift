import AzureIdentity
import FoundationEssentials
import Synchronization
import SystemCalls
import TestSupport
import Testing

/// Gives numbered tokens, fails when it is told to, and can be held.
private final class CountingIssuer: TokenIssuer {
    let place = CredentialPlace.managedIdentity
    let name = "counting"
    let subject = IdentitySubject()
    private let state: Mutex<(count: Int, life: Double, refresh: Double?, isFailing: Bool, isHeld: Bool)>
    private let time: ServiceClock

    init(_ time: ServiceClock, life: Double = 3600, refresh: Double? = nil, isHeld: Bool = false) {
        self.time = time
        state = Mutex((0, life, refresh, false, isHeld))
    }

    struct Refused: Error {}

    var count: Int { state.withLock { $0.count } }
    func fail(_ isFailing: Bool = true) { state.withLock { $0.isFailing = isFailing } }
    func hold() { state.withLock { $0.isHeld = true } }
    func letGo() { state.withLock { $0.isHeld = false } }

    func issue(for audience: TokenAudience) async throws -> AccessToken {
        let count = state.withLock { state in
            state.count += 1
            return state.count
        }
        while state.withLock({ $0.isHeld }) {
            try Task.checkCancellation()
            await Task.yield()
        }
        return try state.withLock { state in
            if state.isFailing { throw Refused() }
            return AccessToken(
                "\(audience)-\(count)", expires: time.now.addingTimeInterval(state.life),
                refresh: state.refresh.map { time.now.addingTimeInterval($0) })
        }
    }
}

@Suite("Tokens that are kept", .timeLimit(.minutes(1)))
struct TokenCacheTests {
    private let time = ServiceClock()

    private func cache(_ issuer: CountingIssuer) -> TokenCache { TokenCache(issuer) { [time] in time.now } }

    @Test("are asked for once by a hundred callers at once")
    func singleFlight() async throws {
        let issuer = CountingIssuer(time, isHeld: true)
        let cache = cache(issuer)
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<100 { group.addTask { try await cache.token(for: .storage).shown } }
            while issuer.count == 0 { await Task.yield() }
            for _ in 0..<1000 { await Task.yield() }
            issuer.letGo()
            for try await token in group { #expect(token == "storage-1") }
        }
        #expect(issuer.count == 1)
    }

    @Test("fail once for all who wait, and are asked for again by the next")
    func failure() async throws {
        let issuer = CountingIssuer(time, isHeld: true)
        issuer.fail()
        let cache = cache(issuer)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 {
                group.addTask { (try? await cache.token(for: .storage)) == nil }
            }
            while issuer.count == 0 { await Task.yield() }
            for _ in 0..<1000 { await Task.yield() }
            issuer.letGo()
            for await failed in group { #expect(failed) }
        }
        #expect(issuer.count < 50)
        issuer.fail(false)
        _ = try await cache.token(for: .storage)
    }

    @Test("are asked for by another where whoever asked was cancelled")
    func cancelled() async throws {
        let issuer = CountingIssuer(time, isHeld: true)
        let cache = cache(issuer)
        let first = Task { try await cache.token(for: .storage) }
        while issuer.count == 0 { await Task.yield() }
        async let second = cache.token(for: .storage)
        for _ in 0..<100 { await Task.yield() }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        while issuer.count == 1 { await Task.yield() }
        issuer.letGo()
        #expect(try await second.shown == "storage-2")
    }

    @Test("let a cancelled waiter go at once")
    func cancelledWaiter() async throws {
        let issuer = CountingIssuer(time, isHeld: true)
        let cache = cache(issuer)
        let first = Task { try await cache.token(for: .storage) }
        while issuer.count == 0 { await Task.yield() }
        let waiter = Task { try await cache.token(for: .storage) }
        for _ in 0..<100 { await Task.yield() }
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        issuer.letGo()
        #expect(try await first.value.shown == "storage-1")
        #expect(issuer.count == 1)
    }

    @Test("are one for each service")
    func audiences() async throws {
        let issuer = CountingIssuer(time)
        let cache = cache(issuer)
        for audience in TokenAudience.allCases + TokenAudience.allCases {
            #expect(try await cache.token(for: audience).shown.hasPrefix(audience.rawValue))
        }
        #expect(issuer.count == TokenAudience.allCases.count)
    }

    @Test(
        "are renewed before their end",
        arguments: [
            (3600, nil, 3299, 3301), (7200, nil, 3599, 3601), (86400, nil, 43199, 43201), (20, nil, 14, 16),
            (3600, 1000, 999, 1000),
        ] as [(Double, Double?, Double, Double)])
    func renewal(life: Double, refresh: Double?, kept: Double, renewed: Double) async throws {
        let issuer = CountingIssuer(time, life: life, refresh: refresh)
        let cache = cache(issuer)
        #expect(try await cache.token(for: .storage).shown == "storage-1")
        time.pass(kept)
        #expect(try await cache.token(for: .storage).shown == "storage-1")
        time.pass(renewed - kept)
        #expect(try await cache.token(for: .storage).shown == "storage-2")
    }

    @Test("stay in use where an early renewal fails, which is tried again after half a minute")
    func earlyFailure() async throws {
        let issuer = CountingIssuer(time)
        let cache = cache(issuer)
        _ = try await cache.token(for: .storage)
        issuer.fail()
        time.pass(3400)
        #expect(try await cache.token(for: .storage).shown == "storage-1")
        time.pass(29)
        #expect(try await cache.token(for: .storage).shown == "storage-1")
        #expect(issuer.count == 2)
        time.pass(1)
        #expect(try await cache.token(for: .storage).shown == "storage-1")
        #expect(issuer.count == 3)
        time.pass(200)
        await #expect(throws: CountingIssuer.Refused.self) { try await cache.token(for: .storage) }
    }

    @Test("that are still good are given to the others while one is asked for")
    func renewalInBackground() async throws {
        let issuer = CountingIssuer(time)
        let cache = cache(issuer)
        _ = try await cache.token(for: .storage)
        time.pass(3400)
        issuer.hold()
        async let renewed = cache.token(for: .storage)
        while issuer.count < 2 { await Task.yield() }
        #expect(try await cache.token(for: .storage).shown == "storage-1")
        issuer.letGo()
        #expect(try await renewed.shown == "storage-2")
    }

    @Test("that a service refused are given to nobody any more, and replaced once for all")
    func rejected() async throws {
        let issuer = CountingIssuer(time)
        let cache = cache(issuer)
        let first = try await cache.token(for: .storage)
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 { group.addTask { try await cache.token(for: .storage, replacing: first).shown } }
            for try await token in group { #expect(token == "storage-2") }
        }
        #expect(try await cache.token(for: .storage).shown == "storage-2")
        #expect(issuer.count == 2)
        issuer.fail()
        let second = try await cache.token(for: .storage)
        await #expect(throws: CountingIssuer.Refused.self) {
            try await cache.token(for: .storage, replacing: second)
        }
    }
}
