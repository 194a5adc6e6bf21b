public import FoundationEssentials
public import HTTPMessages

/// What identities need from outside: ways to speak, a clock, chance, and which cloud it is.
public struct IdentityServices: Sendable {
    public let cloud: Cloud
    /// For the authority; through a proxy where one is set.
    public let client: any HTTPClient
    /// For what answers on this machine or its host: never through a proxy, and given up soon if nobody answers.
    public let nearClient: any HTTPClient
    /// The time of day.
    public let now: @Sendable () -> Date
    /// What waits are measured by.
    public let clock: any Clock<Duration>
    public let random: @Sendable () -> UInt64

    /// How long a connection of ``nearClient`` should be waited for.
    public static let probeTimeout = Duration.seconds(1)

    public init(
        cloud: Cloud, client: any HTTPClient, nearClient: any HTTPClient, now: @escaping @Sendable () -> Date,
        clock: any Clock<Duration>, random: @escaping @Sendable () -> UInt64
    ) {
        self.cloud = cloud
        self.client = client
        self.nearClient = nearClient
        self.now = now
        self.clock = clock
        self.random = random
    }
}

extension HTTPURL {
    /// True where a secret may be sent: over `https`, or to this machine itself.
    var isFitForSecrets: Bool { scheme == .https || isLoopback }

    /// True for the addresses at which a machine's host answers: `169.254.…`, which no router passes on.
    var isLinkLocal: Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "169" && parts[1] == "254" && parts.allSatisfy { UInt8($0) != nil }
    }
}
