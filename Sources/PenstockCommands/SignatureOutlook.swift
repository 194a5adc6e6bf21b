import AzureIdentity
import BlobStorage
import FoundationEssentials

/// What a shared access signature says of itself: for how long, and for what.
struct SignatureOutlook {
    private let fields: SASFields
    private let now: Date
    private let writes: Bool

    init(_ fields: SASFields, now: Date, writes: Bool) {
        self.fields = fields
        self.now = now
        self.writes = writes
    }

    /// With less time left, a dump may not end before the signature does, in seconds.
    private static let leastTime = 3600.0

    /// True where a stored policy has the permissions, and they are not seen here.
    private var isPolicy: Bool { fields.permissions.isEmpty && !fields["si"].isEmpty }

    var canDelete: Bool { isPolicy || fields.permissions.contains("d") }

    func findings(source: String) -> [ProbeFinding] {
        let name = "shared access signature\(source)"
        if let start = fields.start, start > now {
            return [
                ProbeFinding(
                    .authentication, .error, "\(name), which begins at \(start.formatted(.iso8601)) only",
                    remedy: "Wait, or make a signature that begins now; check this machine's clock.")
            ]
        }
        return [time(name), permissions].compactMap(\.self)
    }

    private func time(_ name: String) -> ProbeFinding {
        guard let end = fields.end else {
            return ProbeFinding(.authentication, .ok, "\(name), which ends when its stored policy says")
        }
        let left = end.timeIntervalSince(now)
        let found = "\(name), which ends at \(end.formatted(.iso8601)), in \(Self.text(left))"
        guard left < Self.leastTime else { return ProbeFinding(.authentication, .ok, found) }
        return ProbeFinding(
            .authentication, .warning, found,
            remedy: "Make one that lasts longer: what is not finished at its end fails.")
    }

    private static func text(_ seconds: Double) -> String {
        let minutes = Int(max(0, min(seconds, 1e12)) / 60)
        return minutes < 120 ? "\(minutes) min" : minutes < 2880 ? "\(minutes / 60) h" : "\(minutes / 1440) days"
    }

    /// What cannot be done with it.
    private var permissions: ProbeFinding? {
        guard !isPolicy else { return nil }
        let has = Set(fields.permissions)
        var missing: [String] = []
        if !has.contains("r") { missing.append("r (read)") }
        if !has.contains("l") || fields["sr"] == "b" { missing.append("l (list)") }
        if writes, has.isDisjoint(with: "cw") { missing.append("c or w (create, write)") }
        if writes, !has.contains("d") { missing.append("d (delete), so that nothing is written to try") }
        if fields.form == .account, !fields["srt"].contains("o") || !fields["ss"].contains("b") {
            missing.append("blobs at all (ss=b, srt=co)")
        }
        guard !missing.isEmpty else { return nil }
        return ProbeFinding(
            .authentication, .warning,
            "the signature allows `\(fields.permissions)`, and lacks \(missing.joined(separator: ", "))",
            remedy:
                "Make one with the permissions that the jobs need: `rl` to restore, `rcwl` to dump, `rcwld` to remove "
                + "what is old.")
    }
}
