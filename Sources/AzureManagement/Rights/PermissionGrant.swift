/// What one role allows: an entry of `Microsoft.Authorization/permissions`, or of a role definition.
public struct PermissionGrant: Sendable, Equatable, Decodable {
    public var actions: [String]?
    public var notActions: [String]?
    public var dataActions: [String]?
    public var notDataActions: [String]?

    public init(
        actions: [String]? = nil, notActions: [String]? = nil, dataActions: [String]? = nil,
        notDataActions: [String]? = nil
    ) {
        self.actions = actions
        self.notActions = notActions
        self.dataActions = dataActions
        self.notDataActions = notDataActions
    }
}

extension PermissionGrant {
    /// True where this role alone allows the action: what it takes back counts only within the same role.
    public func allows(_ action: StorageAction) -> Bool {
        let (granted, withheld) = action.isOnData ? (dataActions, notDataActions) : (actions, notActions)
        return (granted ?? []).contains { ActionPattern($0).matches(action.name) }
            && !(withheld ?? []).contains { ActionPattern($0).matches(action.name) }
    }
}

/// The name of an action, in which `*` stands for any text; compared without regard to case.
struct ActionPattern {
    private let pieces: [Substring]
    private let text: String

    init(_ text: String) {
        self.text = text.lowercased()
        pieces = self.text.split(separator: "*", omittingEmptySubsequences: false)
    }

    func matches(_ name: String) -> Bool {
        let name = name.lowercased()
        guard pieces.count > 1, let first = pieces.first, let last = pieces.last else { return name == text }
        guard name.hasPrefix(first), name.utf8.count >= first.utf8.count + last.utf8.count else { return false }
        var rest = name.dropFirst(first.count).dropLast(last.count)
        guard name.hasSuffix(last) else { return false }
        for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
            guard let found = rest.firstRange(of: piece) else { return false }
            rest = rest[found.upperBound...]
        }
        return true
    }
}
