/// The fields of a resource, as the resource manager writes them or as `az` prints them.
///
/// The resource manager keeps most of them in `properties`; `az … show` lifts those to the top, and renames a few.
struct ResourceFields {
    private let outer: KeyedDecodingContainer<FieldName>
    private let inner: KeyedDecodingContainer<FieldName>?

    init(_ decoder: any Decoder) throws {
        outer = try decoder.container(keyedBy: FieldName.self)
        let properties = FieldName("properties")
        let isThere = try outer.contains(properties) && !outer.decodeNil(forKey: properties)
        inner = isThere ? try outer.nestedContainer(keyedBy: FieldName.self, forKey: properties) : nil
    }

    /// The first of these fields that is there and not null.
    func value<Value: Decodable>(_ names: String..., of type: Value.Type = Value.self) throws -> Value? {
        for fields in [inner, outer].compactMap(\.self) {
            for name in names {
                if let value = try fields.decodeIfPresent(Value.self, forKey: FieldName(name)) { return value }
            }
        }
        return nil
    }
}

/// Any name of a field.
struct FieldName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { return nil }
}
