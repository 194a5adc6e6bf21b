import Diagnostics
import FoundationEssentials

/// The token for one audience, and what is being done about it; decides, and does nothing itself.
struct TokenState {
    enum Step {
        /// The token that is there will do.
        case use(AccessToken)
        /// Somebody asks for one already, and no other will do.
        case wait
        /// The caller is to ask for one.
        case fetch
    }

    private(set) var token: AccessToken?
    private var received: Date?
    private(set) var isFetching = false
    /// Before this, no new one is asked for unless one must be.
    private var pausedUntil: Date?

    /// The margin before the end in which a new one is asked for, in seconds.
    private static let margin = 300.0
    /// The life from which on a new one is asked for at half of it, in seconds.
    private static let longLife = 7200.0
    /// The wait after an early renewal that failed, in seconds.
    private static let pause = 30.0

    /// What a caller is to do who was given `rejected`, which a service did not accept.
    mutating func step(now: Date, replacing rejected: AccessToken?) -> Step {
        if let token, let rejected, token.isSame(as: rejected) { self.token = nil }
        guard let token, now < token.expires else {
            guard !isFetching else { return .wait }
            isFetching = true
            return .fetch
        }
        // While somebody renews it, and just after that failed, the old one is good enough.
        guard isDue(token, now: now), !isFetching, now >= pausedUntil ?? now else { return .use(token) }
        isFetching = true
        return .fetch
    }

    mutating func fetched(_ token: AccessToken, now: Date) {
        isFetching = false
        pausedUntil = nil
        self.token = token
        received = now
    }

    /// What a caller goes on with who could not get a new one: the old one, unless it is over.
    mutating func failed(now: Date) -> AccessToken? {
        isFetching = false
        guard let token, now < token.expires else { return nil }
        // Of a token that lives for seconds, a new one is tried for sooner.
        pausedUntil = min(
            now.addingTimeInterval(Self.pause), now.addingTimeInterval(token.expires.timeIntervalSince(now) / 2))
        return token
    }

    mutating func cancelled() { isFetching = false }

    /// True once a new one should be there: 5 minutes or, of a short life, a quarter of it before the end; when the
    /// answer said so; and after half of a long life.
    private func isDue(_ token: AccessToken, now: Date) -> Bool {
        let life = token.expires.timeIntervalSince(received ?? now)
        let left = token.expires.timeIntervalSince(now)
        if left < min(Self.margin, life / 4) { return true }
        if let refresh = token.refresh { return now >= refresh }
        return life >= Self.longLife && left <= life / 2
    }
}

extension AccessToken {
    func isSame(as other: AccessToken) -> Bool { text.reveal { own in other.text.reveal { own == $0 } } }
}
