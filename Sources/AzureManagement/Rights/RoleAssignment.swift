/// A role that somebody has been given: an entry of `Microsoft.Authorization/roleAssignments`.
public struct RoleAssignment: Sendable, Equatable {
    public var principalId: String?
    public var roleDefinitionId: String?
    public var scope: String?
    /// What restricts it further; what that comes to depends on each request.
    public var condition: String?
    /// What the role allows; `nil` where its definition is not known.
    public var grants: [PermissionGrant]?

    public init(principalId: String?, roleDefinitionId: String?, scope: String?, condition: String? = nil) {
        self.principalId = principalId
        self.roleDefinitionId = roleDefinitionId
        self.scope = scope
        self.condition = condition
        grants = roleDefinitionId.flatMap { BlobRole(definition: $0)?.grants }
    }
}

extension RoleAssignment: Decodable {
    public init(from decoder: any Decoder) throws {
        let fields = try ResourceFields(decoder)
        principalId = try fields.value("principalId")
        roleDefinitionId = try fields.value("roleDefinitionId")
        scope = try fields.value("scope")
        condition = try fields.value("condition")
        grants = roleDefinitionId.flatMap { BlobRole(definition: $0)?.grants }
    }
}
