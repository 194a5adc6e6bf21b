import AzureIdentity
import BlobStorage
import CommandLineKit
import Diagnostics
import FoundationEssentials

/// What the end of a credential means for a transfer that is about to begin.
struct CredentialEnd: Equatable {
    let end: Date
    let now: Date
    /// How much there is to move, in bytes, where it is known.
    let size: Int?
    /// The most bytes a second that were asked for.
    let bandwidth: Int?

    /// The rate at which the time of a transfer is estimated, in bytes a second: half of what a gigabit line carries.
    static let cautiousRate = 60_000_000
    /// What should be left for a transfer of unknown size, in seconds.
    static let leastTime = 3600.0

    private var rate: Int { max(1, min(Self.cautiousRate, bandwidth ?? .max)) }
    private var left: Double { end.timeIntervalSince(now) }
    private var expected: Double { size.map { Double($0) / Double(rate) } ?? Self.leastTime }

    /// What to tell the person, if the transfer may well last longer than the credential.
    var warning: String? {
        guard left < expected else { return nil }
        let what =
            size.map { size in
                "\(ByteCount(size)) at \(ByteCount(rate))/s take about \(Self.text(expected))"
            } ?? "how long the transfer takes is not known"
        return
            "the shared access signature ends at \(end.formatted(.iso8601)), in \(Self.text(left)); \(what), and what "
            + "is not finished then fails: a SAS that lasts longer is safer"
    }

    /// Hours and minutes, or seconds where it is less than two minutes.
    private static func text(_ seconds: Double) -> String {
        let whole = Int(min(seconds.rounded(.up), 1e12))
        guard whole >= 120 else { return "\(whole) s" }
        let (hours, minutes) = (whole / 3600, whole % 3600 / 60)
        return hours == 0 ? "\(minutes) min" : "\(hours) h \(minutes) min"
    }
}

extension Session {
    /// Throws if the credential of a location has ended or no token is given, before anything else is done.
    func requireCredential(at location: Location) async throws {
        guard location.place != .directory else { return }
        try await requireUse(of: credential(for: location))
    }

    /// Throws if a credential has ended, or no token is given.
    func requireUse(of found: FoundCredential) async throws {
        try found.credential.requireValidity(now: world.now())
        guard let identity = found.identity else { return }
        let token = try await identity.token(for: .storage, before: found.report)
        reporter.log.debug(
            "token given", ["to": identity.chain.name, "ends": token.expires.formatted(.iso8601)])
    }

    /// Warns if the credential of an opened location may end before `size` bytes are moved.
    func warnOfCredentialEnd(at place: OpenedLocation, moving size: Int?) {
        guard let end = place.credentialEnd else { return }
        let bandwidth = arguments[GlobalOptions.bandwidth]?.bytes
        let outlook = CredentialEnd(end: end, now: world.now(), size: size, bandwidth: bandwidth)
        if let warning = outlook.warning { reporter.warn(warning) }
    }
}
