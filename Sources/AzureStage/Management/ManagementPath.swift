/// The path of a request to the resource manager, taken apart.
///
/// What is asked about (`/subscriptions/S/resourceGroups/G/providers/Microsoft.Storage/storageAccounts/A`), and what of
/// it (`roleAssignments/ID` of `Microsoft.Authorization`).
struct ManagementPath: Sendable {
    var subscription: String?
    var group: String?
    /// Type and name of what lies in the provider, outermost first; the last name may be missing.
    var resource: [String] = []
    var provider: String?
    /// What follows a second `providers`, without the name of that provider.
    var authorization: [String]?
    /// The scope as it was written.
    var scope = ""

    /// `nil` for a path that does not follow the rules.
    init?(_ segments: [String]) {
        var rest = segments[...]
        func take(_ word: String) -> String? {
            guard rest.count >= 2, rest.first?.lowercased() == word else { return nil }
            let value = rest[rest.index(after: rest.startIndex)]
            rest = rest.dropFirst(2)
            scope += "/\(segments[rest.startIndex - 2])/\(value)"
            return value
        }
        if segments.first?.lowercased() == "subscriptions" {
            guard let name = take("subscriptions") else { return nil }
            subscription = name
            group = take("resourcegroups")
        }
        if takeAuthorization(&rest) { return }
        guard !rest.isEmpty else { return }
        guard let name = take("providers") else { return nil }
        provider = name.lowercased()
        while let part = rest.first, part.lowercased() != "providers" {
            resource.append(part)
            scope += "/\(part)"
            rest = rest.dropFirst()
        }
        if takeAuthorization(&rest) { return }
        guard rest.isEmpty else { return nil }
    }

    private mutating func takeAuthorization(_ rest: inout ArraySlice<String>) -> Bool {
        let words = rest.prefix(2).map { $0.lowercased() }
        guard words == ["providers", "microsoft.authorization"], rest.count > 2 else { return false }
        authorization = Array(rest.dropFirst(2))
        return true
    }

    /// The storage account that is asked about, or lies around what is.
    var account: String? {
        guard provider == "microsoft.storage", resource.count > 1, resource[0].lowercased() == "storageaccounts" else {
            return nil
        }
        return resource[1].lowercased()
    }

    /// What follows the account, types in lower case: `["blobservices", "default", "containers", "c"]`.
    var inAccount: [String] {
        resource.dropFirst(2).enumerated().map { $0.offset.isMultiple(of: 2) ? $0.element.lowercased() : $0.element }
    }
}
