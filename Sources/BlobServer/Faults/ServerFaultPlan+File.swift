import FoundationEssentials

extension ServerFaultPlan {
    /// The largest whole number a plan can say: what a JSON number holds exactly.
    private static let largest = 1 << 53
    /// A day, in seconds: nobody means more.
    private static let longest = 86_400.0
    /// The most rules of a plan.
    private static let most = 1000

    /// Reads a plan as `docs/reference/fault-plan.md` describes it.
    public init(json: [UInt8]) throws(FaultPlanError) {
        let top = try Self.top(json).object(of: ["seed", "rules"])
        seed = try top["seed"].map { node throws(FaultPlanError) in UInt64(try node.whole(0...Self.largest)) } ?? 0
        guard let list = top["rules"] else {
            throw FaultPlanError(kind: .invalid, place: "rules", problem: "there are none")
        }
        rules = []
        let nodes = try list.list()
        guard nodes.count <= Self.most else { throw list.wrong("there are more than \(Self.most)") }
        for node in nodes { rules.append(try Self.rule(node)) }
    }

    private static func top(_ json: [UInt8]) throws(FaultPlanError) -> FaultPlanNode {
        do {
            return FaultPlanNode(try JSONDecoder().decode(JSONText.self, from: Data(json)), at: FaultPlanNode.top)
        } catch DecodingError.dataCorrupted(let context) {
            let cause = context.underlyingError.map { "\($0)" } ?? context.debugDescription
            throw FaultPlanError(kind: .notJSON, place: cause, problem: "")
        } catch {
            throw FaultPlanError(kind: .notJSON, place: "", problem: "")
        }
    }

    private static func rule(_ node: FaultPlanNode) throws(FaultPlanError) -> Rule {
        let common: Set = ["operations", "rate", "at", "after", "until", "fault"]
        let all = common.union(["milliseconds", "bytes-per-second", "status", "retry-after", "seconds"])
        let loose = try node.object(of: all)
        guard let kind = loose["fault"] else { throw node.wrong("it has no fault") }
        let name = try kind.text()
        guard let keys = facts[name] else {
            throw kind.wrong("it must be one of \(ServerFault.names.joined(separator: ", "))")
        }
        let members = try node.object(of: common.union(keys))
        func fact(_ key: String) throws(FaultPlanError) -> FaultPlanNode {
            guard let found = members[key] else { throw node.wrong("\(name) needs \(key)") }
            return found
        }
        let fault: ServerFault
        switch name {
        case "delay": fault = .delay(.seconds(try fact("milliseconds").number(0...longest * 1000) / 1000))
        case "bandwidth": fault = .bandwidth(try fact("bytes-per-second").whole(1...largest))
        case "status":
            let status = try fact("status")
            guard case .number(let number) = status.value, number == 500 || number == 503 else {
                throw status.wrong("it must be 500 or 503")
            }
            fault = .status(Int(number), retryAfter: try members["retry-after"]?.whole(0...86_400))
        case "reset": fault = .reset
        case "truncate": fault = .truncate
        case "stall": fault = .stall(.seconds(try fact("seconds").number(0...longest)))
        default: fault = .loseAnswer
        }
        return Rule(
            fault, of: try members["operations"].map(operations) ?? [], try choice(node, members),
            after: try members["after"].map(bound), until: try members["until"].map(bound))
    }

    /// What each fault says beside its name.
    private static let facts: [String: Set<String>] = [
        "delay": ["milliseconds"], "bandwidth": ["bytes-per-second"], "status": ["status", "retry-after"],
        "reset": [], "truncate": [], "stall": ["seconds"], "lose-answer": [],
    ]

    private static func operations(_ node: FaultPlanNode) throws(FaultPlanError) -> Set<String> {
        if case .text("*") = node.value { return [] }
        guard case .list(let items) = node.value, !items.isEmpty else {
            throw node.wrong("it must be \"*\" or a list of operations")
        }
        var names: Set<String> = []
        for item in items {
            let name = try item.text()
            guard ServiceOperation(rawValue: name) != nil else {
                throw item.wrong(
                    "it must be one of \(ServiceOperation.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            names.insert(name)
        }
        return names
    }

    private static func choice(
        _ rule: FaultPlanNode, _ members: [String: FaultPlanNode]
    ) throws(FaultPlanError) -> Choice {
        guard let numbers = members["at"] else { return .rate(try members["rate"]?.number(0...1) ?? 1) }
        guard members["rate"] == nil else { throw rule.wrong("it has both rate and at") }
        var found: Set<Int> = []
        for item in try numbers.list() { found.insert(try item.whole(1...largest)) }
        guard !found.isEmpty else { throw numbers.wrong("it is empty") }
        return .numbers(found)
    }

    private static func bound(_ node: FaultPlanNode) throws(FaultPlanError) -> Bound {
        let members = try node.object(of: ["requests", "seconds"])
        guard members.count == 1, let only = members.first else {
            throw node.wrong("it must have either requests or seconds")
        }
        return only.key == "requests"
            ? .requests(try only.value.whole(0...largest)) : .time(.seconds(try only.value.number(0...longest)))
    }
}
