public import FoundationEssentials

/// Dates as HTTP headers carry them: `Tue, 14 Nov 2023 22:13:20 GMT` (RFC 9110, section 5.6.7).
public enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]  // 1 January 1970 was a Thursday

    public static func format(_ date: Date) -> String {
        let seconds = Int(date.timeIntervalSince1970.rounded(.down))
        let day = (seconds >= 0 ? seconds : seconds - 86399) / 86400
        let weekday = weekdays[((day % 7) + 7) % 7]
        let text = Date(timeIntervalSince1970: Double(seconds)).formatted(Date.ISO8601FormatStyle())
        let part = text.split(separator: "T")  // yyyy-MM-dd, HH:mm:ssZ
        let numbers = part[0].split(separator: "-")
        let month = months[(Int(numbers[1]) ?? 1) - 1]
        return "\(weekday), \(numbers[2]) \(month) \(numbers[0]) \(part[1].dropLast()) GMT"
    }

    /// Reads the fixed form; `nil` for the two obsolete ones and anything else. The weekday is not checked.
    public static func parse(_ text: String) -> Date? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", words[0].hasSuffix(","), words[1].count <= 2,
            words[4].count == 8, let day = Int(words[1]), let month = months.firstIndex(of: String(words[2])),
            let year = Int(words[3]), (1601...9999).contains(year)
        else { return nil }
        guard let date = try? Date("\(year)-\(two(month + 1))-\(two(day))T\(words[4])Z", strategy: .iso8601) else {
            return nil
        }
        // The parser takes 31 February and 25 o'clock for days and hours later; we take them for mistakes.
        let same = format(date).split(separator: " ")[1...4].elementsEqual([two(day)[...], words[2], words[3], words[4]])
        return same ? date : nil
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
