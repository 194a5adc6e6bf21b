import Synchronization

/// A plan with every kind of fault at one rate, and a count of those that came about.
final class Faults: Sendable {
    let plan: String
    private let seen = Mutex<[String: Int]>([:])

    init(seed: Int, rate: Double) {
        let faults = [
            #""fault": "status", "status": 500"#, #""fault": "status", "status": 503"#, #""fault": "reset""#,
            #""fault": "truncate""#, #""fault": "stall", "seconds": 1"#, #""fault": "lose-answer""#,
        ]
        let rules = faults.map { "{\($0), \"rate\": \(rate)}" }
        plan = "{\"seed\": \(seed), \"rules\": [\(rules.joined(separator: ", "))]}"
    }

    /// Looks at a line of the server's log.
    func look(at line: String) {
        let words = line.split(separator: " ")
        guard words.first == "fault", let fault = words.first(where: { $0.hasPrefix("fault=") }) else { return }
        // Two rules answer a status: the first 500, the second 503.
        let status = words.contains("rule=1") ? " 500" : words.contains("rule=2") ? " 503" : ""
        seen.withLock { $0[fault.dropFirst(6) + status, default: 0] += 1 }
    }

    var total: Int { seen.withLock { $0.values.reduce(0, +) } }

    /// `reset 3, truncate 1`.
    var counts: String {
        seen.withLock { seen in seen.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" } }.joined(
            separator: ", ")
    }
}
