/// How long a signature may live by an account's policy: `DD.HH:MM:SS`.
public struct SignaturePeriod: Sendable, Equatable {
    public let duration: Duration

    public init?(_ text: String) {
        let parts = text.split(whereSeparator: { $0 == "." || $0 == ":" }).map { Int($0) }
        guard parts.count == 4, text.split(separator: ".").count == 2, parts.allSatisfy({ ($0 ?? -1) >= 0 }) else {
            return nil
        }
        let numbers = parts.compactMap(\.self)
        guard numbers[0] <= 36_500, numbers[1] < 24, numbers[2] < 60, numbers[3] < 60 else { return nil }
        duration = .seconds(((numbers[0] * 24 + numbers[1]) * 60 + numbers[2]) * 60 + numbers[3])
    }
}
