/// A number of bytes, written and read with binary units.
public struct ByteCount: Sendable, Hashable, Comparable {
    public let bytes: Int

    public init(_ bytes: Int) { self.bytes = bytes }

    public static func kibibytes(_ count: Int) -> ByteCount { ByteCount(count << 10) }
    public static func mebibytes(_ count: Int) -> ByteCount { ByteCount(count << 20) }
    public static func gibibytes(_ count: Int) -> ByteCount { ByteCount(count << 30) }

    public static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }
}

extension ByteCount {
    /// Reads `4096`, `64KiB`, `256M`, `1.5 GiB`; `K`, `M`, `G`, `T` are binary, as in PostgreSQL's settings.
    ///
    /// `nil` if the text is no size, is negative, or does not fit.
    public init?(_ text: String) {
        let trimmed = text.filter { $0 != " " }.lowercased()
        let digits = trimmed.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let number = Double(digits), let shift = Self.shift(of: trimmed.dropFirst(digits.count)) else {
            return nil
        }
        let bytes = (number * Double(1 << shift)).rounded()
        guard bytes < Double(Int.max) else { return nil }
        self.init(Int(bytes))
    }

    private static func shift(of unit: Substring) -> Int? {
        switch unit {
        case "", "b": 0
        case "k", "kb", "kib": 10
        case "m", "mb", "mib": 20
        case "g", "gb", "gib": 30
        case "t", "tb", "tib": 40
        default: nil
        }
    }
}

extension ByteCount: CustomStringConvertible {
    /// `17 B`, `8.0 MiB`, `1.4 TiB`.
    public var description: String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var value = Double(bytes)
        var index = 0
        while value >= 1023.95, index < units.count - 1 {
            value /= 1024
            index += 1
        }
        guard index > 0 else { return "\(bytes) B" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(units[index])"
    }
}
