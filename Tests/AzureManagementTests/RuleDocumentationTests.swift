import FoundationEssentials
import TestSupport
import Testing

@testable import AzureManagement

@Suite("The reference of the rules for accounts")
struct RuleDocumentationTests {
    /// With `PENSTOCK_UPDATE_GOLDEN=1` the table is written anew from the rules.
    @Test("says what the rules say")
    func table() throws {
        let path = "\(Fixtures.packageRoot)/docs/reference/account-rules.md"
        let page = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex { $0.hasPrefix("| rule |") })
        let end = lines[start...].firstIndex { $0.isEmpty } ?? lines.endIndex
        guard lines[start..<end].map(String.init) != Self.rows else { return }
        guard ProcessInfo.processInfo.environment["PENSTOCK_UPDATE_GOLDEN"] == "1" else {
            Issue.record("The table differs from the rules. PENSTOCK_UPDATE_GOLDEN=1 rewrites it.")
            return
        }
        let whole = lines[..<start].map(String.init) + Self.rows + lines[end...].map(String.init)
        try Data(whole.joined(separator: "\n").utf8).write(to: URL(filePath: path), options: .atomic)
    }

    private static var rows: [String] {
        let rules = AccountRule.all.map { rule in
            let jobs = AccountJob.allCases.filter { rule.jobs.contains($0) }.map(\.rawValue)
            let shown = jobs.count == AccountJob.allCases.count ? "every job" : jobs.joined(separator: ", ")
            return "| \(rule.id) | `\(rule.property)` | \(shown) | \(rule.needed) | \(rule.why) |"
        }
        return ["| rule | property | jobs | needed | otherwise |", "|---|---|---|---|---|"] + rules
    }
}
