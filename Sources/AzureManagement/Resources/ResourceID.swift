/// The name of a resource in the resource manager, taken apart.
///
/// `/subscriptions/S/resourceGroups/G/providers/Microsoft.Storage/storageAccounts/A`, and what may follow. The fixed
/// words are compared without regard to case, as the service does.
public struct ResourceID: Sendable, Equatable, CustomStringConvertible {
    public let description: String
    public let subscription: String
    public let group: String
    /// Types and names, the outermost first, such as `storageAccounts` with `A`.
    public let names: [(type: ResourceWord, name: String)]

    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
        guard text.hasPrefix("/"), parts.count >= 8, parts.count.isMultiple(of: 2),
            ResourceWord(parts[0]) == "subscriptions", ResourceWord(parts[2]) == "resourceGroups",
            ResourceWord(parts[4]) == "providers",
            !text.unicodeScalars.contains(where: { $0.value < 0x20 || "?#\\\"".unicodeScalars.contains($0) })
        else { return nil }
        description = text
        subscription = parts[1]
        group = parts[3]
        names = stride(from: 6, to: parts.count, by: 2).map { (ResourceWord(parts[$0]), parts[$0 + 1]) }
    }

    /// The name of the storage account it is, or lies in; `nil` where it is something else.
    public var storageAccount: String? { names.first.flatMap { $0.type == "storageAccounts" ? $0.name : nil } }

    /// The storage account itself, without what lies in it.
    public var account: ResourceID? {
        guard let storageAccount else { return nil }
        return ResourceID(
            "/subscriptions/\(subscription)/resourceGroups/\(group)/providers/Microsoft.Storage/storageAccounts/"
                + storageAccount)
    }

    public static func == (left: ResourceID, right: ResourceID) -> Bool {
        ResourceWord(left.description) == ResourceWord(right.description)
    }
}
