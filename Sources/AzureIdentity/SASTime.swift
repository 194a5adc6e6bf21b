import FoundationEssentials

/// The times of a token: a date, alone or with minutes, seconds or fractions of a second, in UTC.
enum SASTime {
    /// Reads `2024-03-15`, `…T09:30Z`, `…T09:30:00Z` or `…T09:30:00.1234567Z`.
    static func parse(_ text: String) -> Date? {
        let parts = text.split(separator: "T", omittingEmptySubsequences: false)
        guard parts.count <= 2, numbers(parts[0], separator: "-", widths: [4, 2, 2]) != nil else { return nil }
        var seconds = 0.0
        if parts.count == 2 {
            guard parts[1].hasSuffix("Z") else { return nil }
            let clock = parts[1].dropLast().split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            let widths = clock[0].utf8.count == 5 ? [2, 2] : [2, 2, 2]
            guard let time = numbers(clock[0], separator: ":", widths: widths), time[0] < 24, time[1] < 60 else {
                return nil
            }
            let second = time.count == 3 ? time[2] : 0
            guard second < 60 else { return nil }
            seconds = Double(time[0] * 3600 + time[1] * 60 + second)
            if clock.count == 2 {
                guard time.count == 3, (1...7).contains(clock[1].utf8.count), isDigits(clock[1]),
                    let fraction = Double("0." + clock[1])
                else { return nil }
                seconds += fraction
            }
        }
        guard let midnight = try? Date("\(parts[0])T00:00:00Z", strategy: .iso8601) else { return nil }
        // The parser takes 31 February for 2 March; we take it for a mistake.
        guard midnight.formatted(Date.ISO8601FormatStyle()).hasPrefix(parts[0]) else { return nil }
        return midnight.addingTimeInterval(seconds)
    }

    private static func numbers(_ text: Substring, separator: Character, widths: [Int]) -> [Int]? {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == widths, parts.allSatisfy(isDigits) else { return nil }
        return parts.compactMap { Int($0) }
    }

    private static func isDigits(_ text: Substring) -> Bool { text.utf8.allSatisfy { (48...57).contains($0) } }
}
