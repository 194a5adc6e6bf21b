import FoundationEssentials
import TestSupport
import Testing

@Suite("Rules for accounts, acted out", .timeLimit(.minutes(3)))
struct ActedRuleTests {
    @Test("say before what fails, and how it is mended", arguments: ActedRule.all)
    func rule(_ rule: ActedRule) async throws {
        try await PlayedAzure.run { azure in
            try await rule.prepare(azure)
            if !rule.isHarm, !rule.attemptComesAfter {
                let before = try await rule.attempt(azure)
                #expect(before == nil, "it works before the rule is broken")
            }
            try await rule.breakIt(azure)
            let finding = try #require(try await find(rule, rule.check, azure), "\(rule.id) is found")
            #expect(try finding.text("severity") == rule.severity)
            try expect(try await rule.attempt(azure), isRefused: !rule.isHarm, rule)
            switch rule.mending {
            case .printed: try await azure.carryOut(finding.text("command"))
            case .filledIn(let word, let value):
                let command = try finding.text("command")
                #expect(command.contains(word))
                try await azure.carryOut(command.replacing(word, with: value))
            case .otherwise(_, let mend): try await mend(azure)
            case .instead(_, let check, let attempt):
                let (after, left) = (try await attempt(azure), try await find(rule, check, azure))
                #expect(after == nil && left == nil)
                return
            }
            try expect(try await rule.attempt(azure), isRefused: rule.isHarm, rule)
            guard !rule.removesItsContainer else { return }
            let left = try await find(rule, rule.check, azure)
            #expect(left == nil, "the finding is gone")
        }
    }

    private func expect(_ said: String?, isRefused: Bool, _ rule: ActedRule) throws {
        guard isRefused else {
            #expect(said == nil, "\(rule.operation) is done")
            return
        }
        #expect(try #require(said, "\(rule.operation) is refused").contains(rule.refusal))
    }

    /// The finding of the rule in a check, if there is one; the exit status must agree with what was found.
    private func find(_ rule: ActedRule, _ words: [String], _ azure: PlayedAzure) async throws -> JSON? {
        let tenant = rule.account.hasPrefix("contoso") ? PlayedAzure.Tenant.contoso : .fabrikam
        let run = try await azure.penstock(tenant, rule.checker).run(
            ["check", "account", PlayedAzure.account(rule.account), "--json"] + words)
        let lines = try run.lines.map { try JSON($0) }
        let findings = try lines.filter { try $0.text("type") == "account-finding" }
        let hasErrors = try findings.contains { try $0.text("severity") == "error" }
        run.expecting(hasErrors ? 17 : 0)
        #expect(try lines.last?.text("type") == "account-check")
        return try findings.first { try $0.text("rule") == rule.id }
    }

    /// With `PENSTOCK_UPDATE_GOLDEN=1` the table is written anew.
    @Test("are all in the reference, or named there with the reason")
    func table() throws {
        let path = "\(Fixtures.packageRoot)/docs/reference/account-rules.md"
        let page = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        let lines = page.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let known = lines.compactMap {
            $0.hasPrefix("| SA") && $0.contains("| `") ? String($0.dropFirst(2).prefix(5)) : nil
        }
        let named = ActedRule.all.map(\.id) + ActedRule.notActedOut.flatMap(\.rules)
        #expect(named.sorted() == known.sorted())
        let start = try #require(lines.firstIndex { $0.hasPrefix("| rule | predicted |") })
        let end = lines[start...].firstIndex { $0 == "" } ?? lines.endIndex
        guard Array(lines[start..<end]) != Self.rows else { return }
        guard ProcessInfo.processInfo.environment["PENSTOCK_UPDATE_GOLDEN"] == "1" else {
            Issue.record("The table differs from the tests. PENSTOCK_UPDATE_GOLDEN=1 rewrites it.")
            return
        }
        let whole = lines[..<start] + Self.rows + lines[end...]
        try Data(whole.joined(separator: "\n").utf8).write(to: URL(filePath: path), options: .atomic)
    }

    private static var rows: [String] {
        let acted = ActedRule.all.map { rule in
            let shown =
                rule.isHarm ? "\(rule.operation) goes, which it should not" : "\(rule.operation): \(rule.refusal)"
            return (rule.id, "| \(rule.id) | \(rule.severity) | \(shown) | \(mending(of: rule)) |")
        }
        let others = ActedRule.notActedOut.flatMap { entry in
            entry.rules.map { ($0, "| \($0) | in tests of the rule only | no: it \(entry.reason) | – |") }
        }
        let all = (acted + others).sorted { $0.0 < $1.0 }.map { $0.1 }
        return ["| rule | predicted | acted out | mended |", "|---|---|---|---|"] + all
    }

    private static func mending(of rule: ActedRule) -> String {
        switch rule.mending {
        case .printed: "by the command that is printed"
        case .filledIn(let word, _): "by the command that is printed, with `\(word)` filled in"
        case .otherwise(let words, _): "by \(words)"
        case .instead(let words, _, _): "by asking for something else: \(words)"
        }
    }
}
