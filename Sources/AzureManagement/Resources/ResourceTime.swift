public import FoundationEssentials

/// A moment in a resource's description: `2017-06-01T02:42:41.7633306Z`, or with `+00:00` as `az` prints it.
///
/// Fractions of a second are dropped: no rule asks for them.
public struct ResourceTime: Sendable, Hashable, Decodable {
    public let date: Date

    public init(_ date: Date) { self.date = date }

    /// Reads what the resource manager writes; `nil` for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        var plain = String(parts[0])
        if parts.count == 2 { plain += parts[1].drop { $0.isASCII && $0.isNumber } }
        if plain.utf8.count == 19 { plain += "Z" }
        guard let date = try? Date(plain, strategy: .iso8601) else { return nil }
        self.date = date
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let time = ResourceTime(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a time")
        }
        self = time
    }
}
