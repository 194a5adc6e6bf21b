/// Where a block blob lies between quick and cheap.
public enum AccessTier: String, Sendable, CaseIterable {
    case hot = "Hot"
    case cool = "Cool"
    case cold = "Cold"
    /// Cannot be read until it is brought back to another tier.
    case archive = "Archive"

    /// Reads the name as the service writes it, without regard to case.
    public init?(_ text: String) {
        guard let found = Self.allCases.first(where: { $0.rawValue.lowercased() == text.lowercased() }) else {
            return nil
        }
        self = found
    }
}
