public import FoundationEssentials
import Synchronization

/// Keeps the tokens of one issuer in memory, one for each audience, and renews them before they end.
///
/// However many ask at once, one request is on its way for an audience; the others wait for it, or go on with the token
/// that is still good. A failure is told to all who waited for it, and nobody repeats it for them; if whoever asked was
/// cancelled, one of the others asks.
public final class TokenCache: TokenSource {
    private let issuer: any TokenIssuer
    private let now: @Sendable () -> Date
    private let entries = Mutex<[TokenAudience: Entry]>([:])

    /// The outcome of a request, for those who waited; `nil` if it was given up and another is to ask.
    private typealias Outcome = Result<AccessToken, any Error>?

    private struct Entry {
        var state = TokenState()
        var nextID = 0
        var waiting: [Int: CheckedContinuation<Outcome, Never>] = [:]
    }

    public init(_ issuer: any TokenIssuer, now: @escaping @Sendable () -> Date) {
        self.issuer = issuer
        self.now = now
    }

    public func token(for audience: TokenAudience, replacing rejected: AccessToken?) async throws -> AccessToken {
        while true {
            try Task.checkCancellation()
            let step = entries.withLock { $0[audience, default: Entry()].state.step(now: now(), replacing: rejected) }
            switch step {
            case .use(let token): return token
            case .fetch: return try await fetch(audience)
            case .wait: if let outcome = try await wait(for: audience) { return try outcome.get() }
            }
        }
    }

    private func fetch(_ audience: TokenAudience) async throws -> AccessToken {
        do {
            let token = try await issuer.issue(for: audience)
            end(audience, .success(token)) { $0.fetched(token, now: now()) }
            return token
        } catch is CancellationError {
            end(audience, nil) { $0.cancelled() }
            throw CancellationError()
        } catch {
            let old = end(audience, .failure(error)) { $0.failed(now: now()) }
            guard let old else { throw error }
            return old
        }
    }

    /// Ends a request, and wakes those who wait for it.
    private func end<Answer>(
        _ audience: TokenAudience, _ outcome: Outcome, _ change: (inout TokenState) -> Answer
    ) -> Answer {
        let (answer, woken) = entries.withLock { entries in
            let answer = change(&entries[audience, default: Entry()].state)
            let woken = entries[audience]?.waiting ?? [:]
            entries[audience]?.waiting = [:]
            return (answer, woken)
        }
        for continuation in woken.values { continuation.resume(returning: outcome) }
        return answer
    }

    /// Waits until the request that is on its way has ended.
    private func wait(for audience: TokenAudience) async throws -> Outcome {
        let id = entries.withLock { entries in
            entries[audience, default: Entry()].nextID += 1
            return entries[audience]?.nextID ?? 0
        }
        let outcome: Outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = entries.withLock { entries in
                    // It may have ended, or this task been cancelled, since the decision to wait.
                    guard !Task.isCancelled, entries[audience]?.state.isFetching == true else { return true }
                    entries[audience]?.waiting[id] = continuation
                    return false
                }
                if isOver { continuation.resume(returning: nil) }
            }
        } onCancel: {
            let continuation = entries.withLock { $0[audience]?.waiting.removeValue(forKey: id) }
            continuation?.resume(returning: nil)
        }
        try Task.checkCancellation()
        return outcome
    }
}
