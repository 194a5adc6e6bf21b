import AzureIdentity
import CommandLineKit
import Diagnostics

extension ValueFormat<Duration> {
    /// A length of time such as `30s`, `15min` or `2h`; a number alone is seconds.
    static var duration: ValueFormat {
        ValueFormat("TIME", wants: "a length of time such as 30s, 15min or 2h", show: shown) { text in
            let digits = text.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int(digits), number <= 10_000_000 else { return nil }
            return switch text.dropFirst(digits.count) {
            case "", "s": .seconds(number)
            case "min", "m": .seconds(number * 60)
            case "h": .seconds(number * 3600)
            default: nil
            }
        }
    }

    private static func shown(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        return seconds % 60 == 0 ? "\(seconds / 60)min" : "\(seconds)s"
    }
}

extension ValueFormat<ManagedIdentityName> {
    /// Which managed identity is meant.
    static var managedIdentity: ValueFormat {
        ValueFormat("ID", wants: "system, a client id, object:ID, or a resource id") { ManagedIdentityName($0) }
    }
}

extension ValueFormat<ByteCount> {
    /// Bytes a second, such as `20MiB`, with or without `/s`.
    static var rate: ValueFormat {
        ValueFormat("RATE", wants: "bytes a second, such as 20MiB") { text in
            let size = text.hasSuffix("/s") ? String(text.dropLast(2)) : text
            guard let rate = ByteCount(size), rate.bytes > 0 else { return nil }
            return rate
        }
    }
}
