import FoundationEssentials

/// A value of a plan's file with its place, so that every mistake can be named.
struct FaultPlanNode {
    enum Value {
        case null
        case bool
        case number(Double)
        case text(String)
        case list([FaultPlanNode])
        case object([String: FaultPlanNode])
    }

    let place: String
    let value: Value

    init(_ json: JSONText, at place: String) {
        self.place = place
        let prefix = place == Self.top ? "" : place + "."
        switch json {
        case .null: value = .null
        case .bool: value = .bool
        case .number(let number): value = .number(number)
        case .text(let text): value = .text(text)
        case .list(let items):
            let list = place == Self.top ? "" : place
            value = .list(items.enumerated().map { FaultPlanNode($1, at: "\(list)[\($0)]") })
        case .object(let members):
            value = .object(
                Dictionary(uniqueKeysWithValues: members.map { ($0, FaultPlanNode($1, at: prefix + $0)) }))
        }
    }

    /// The place of the whole.
    static let top = "its top"

    func wrong(_ problem: String) -> FaultPlanError {
        FaultPlanError(kind: .invalid, place: place, problem: problem)
    }

    // MARK: - What it must be

    func object(of keys: Set<String>) throws(FaultPlanError) -> [String: FaultPlanNode] {
        guard case .object(let members) = value else { throw wrong("it must be an object") }
        for name in members.keys.sorted() where !keys.contains(name) {
            throw members[name, default: self].wrong(
                "the key is unknown; known are \(keys.sorted().joined(separator: ", "))")
        }
        return members
    }

    func list() throws(FaultPlanError) -> [FaultPlanNode] {
        guard case .list(let items) = value else { throw wrong("it must be a list") }
        return items
    }

    func text() throws(FaultPlanError) -> String {
        guard case .text(let text) = value else { throw wrong("it must be a text") }
        return text
    }

    func number(_ range: ClosedRange<Double>) throws(FaultPlanError) -> Double {
        guard case .number(let number) = value, range.contains(number) else {
            throw wrong("it must be a number from \(Self.shown(range.lowerBound)) to \(Self.shown(range.upperBound))")
        }
        return number
    }

    func whole(_ range: ClosedRange<Int>) throws(FaultPlanError) -> Int {
        guard case .number(let number) = value, let whole = Int(exactly: number), range.contains(whole) else {
            throw wrong("it must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return whole
    }

    private static func shown(_ number: Double) -> String { Int(exactly: number).map(String.init) ?? "\(number)" }
}

/// Any JSON.
indirect enum JSONText: Decodable {
    case null
    case bool
    case number(Double)
    case text(String)
    case list([JSONText])
    case object([String: JSONText])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if (try? container.decode(Bool.self)) != nil {
            self = .bool
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let list = try? container.decode([JSONText].self) {
            self = .list(list)
        } else {
            self = .object(try container.decode([String: JSONText].self))
        }
    }
}
