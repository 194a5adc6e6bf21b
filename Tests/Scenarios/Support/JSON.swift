import FoundationEssentials
import Testing

/// One line of `--json`, of which a test reads some fields.
struct JSON: Sendable {
    private let value: Value

    init(_ text: String) throws { value = try JSONDecoder().decode(Value.self, from: Data(text.utf8)) }

    func text(_ name: String) throws -> String {
        guard case .text(let text) = try field(name) else { throw Mismatch(name: name) }
        return text
    }

    func number(_ name: String) throws -> Int {
        guard case .number(let number) = try field(name) else { throw Mismatch(name: name) }
        return Int(number)
    }

    func list(_ name: String) throws -> [JSON] {
        guard case .list(let items) = try field(name) else { throw Mismatch(name: name) }
        return items.map { JSON(value: $0) }
    }

    func object(_ name: String) throws -> JSON { JSON(value: try field(name)) }

    func texts(_ name: String) throws -> [String] {
        try list(name).map { item in
            guard case .text(let text) = item.value else { throw Mismatch(name: name) }
            return text
        }
    }

    private init(value: Value) { self.value = value }

    private func field(_ name: String) throws -> Value {
        guard case .object(let fields) = value, let field = fields[name] else { throw Mismatch(name: name) }
        return field
    }

    struct Mismatch: Error { let name: String }

    private enum Value: Decodable, Sendable {
        case text(String)
        case number(Double)
        case flag(Bool)
        case list([Value])
        case object([String: Value])
        case none

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .none
            } else if let flag = try? container.decode(Bool.self) {
                self = .flag(flag)
            } else if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let list = try? container.decode([Value].self) {
                self = .list(list)
            } else {
                self = .object(try container.decode([String: Value].self))
            }
        }
    }
}
