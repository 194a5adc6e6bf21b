public import FoundationEssentials

extension SnapshotID {
    private static let ticks = 10_000_000

    /// The id of a snapshot taken at `moment`, or just behind `last` if that is not behind it.
    ///
    /// A clock may stand still or go back; the snapshots of one blob follow each other all the same.
    public init(at moment: Date, after last: SnapshotID?) {
        // A year has four digits.
        let seconds = min(max(0, moment.timeIntervalSince1970), 253_402_300_799)
        let now = Self(ticks: Int((seconds * Double(Self.ticks)).rounded(.down)))
        guard let last, now <= last else {
            self = now
            return
        }
        self = last.successor
    }

    /// The id one ten-millionth of a second behind; in whole numbers, since a `Double` is too coarse for that.
    private var successor: SnapshotID {
        let seconds = try? Date(text.prefix(19) + "Z", strategy: Date.ISO8601FormatStyle())
        let fraction = Int(text.dropLast().suffix(7)) ?? 0
        return Self(ticks: Int((seconds ?? .distantPast).timeIntervalSince1970) * Self.ticks + fraction + 1)
    }

    /// - Parameter ticks: Ten-millionths of a second since 1970.
    private init(ticks: Int) {
        let (seconds, fraction) = ticks.quotientAndRemainder(dividingBy: Self.ticks)
        let digits = String(fraction)
        let text = Date(timeIntervalSince1970: Double(seconds)).formatted(Date.ISO8601FormatStyle())
        self.init(whole: "\(text.dropLast()).\(String(repeating: "0", count: 7 - digits.count))\(digits)Z")
    }
}
