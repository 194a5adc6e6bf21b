/// What keeps a resource from being changed: an entry of `Microsoft.Authorization/locks`.
public struct ResourceLock: Sendable, Equatable {
    public var id: String?
    public var name: String?
    /// `ReadOnly` or `CanNotDelete`.
    public var level: ResourceWord?

    public init(name: String?, level: ResourceWord?) {
        self.name = name
        self.level = level
    }
}

extension ResourceLock: Decodable {
    public init(from decoder: any Decoder) throws {
        let fields = try ResourceFields(decoder)
        id = try fields.value("id")
        name = try fields.value("name")
        level = try fields.value("level")
    }
}
