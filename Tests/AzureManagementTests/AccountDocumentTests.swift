import FoundationEssentials
import TestSupport
import Testing

@testable import AzureManagement

@Suite("A saved description of an account")
struct AccountDocumentTests {
    /// What the rules say of every published example; read the file as a table when it changes.
    @Test("is judged as expected")
    func findingsOfExamples() throws {
        var lines: [String] = []
        for name in try Self.names() {
            lines.append("\(name):")
            do {
                for account in try Self.read(name).accounts { lines += Self.lines(of: account) }
            } catch let error as AccountDocumentError {
                lines.append("  \(error.code)")
            }
        }
        expectGolden(lines.joined(separator: "\n") + "\n", "findings-of-examples")
    }

    /// The rules that the author of a derived file named, before there was any code.
    @Test("breaks the rules that it was made to break", arguments: try Self.names().filter { $0.hasPrefix("derived/") })
    func derived(name: String) throws {
        struct Expectation: Decodable { let expectFindings: [String] }
        let bytes = try Fixtures.bytes("arm-storage-accounts/\(name)")
        let expected = try JSONDecoder().decode(Expectation.self, from: Data(bytes)).expectFindings
        let account = try #require(try Self.read(name).accounts.first)
        let report = AccountReport(of: AccountSituation(account, now: .moment), for: AccountJob.allCases)
        #expect(!expected.isEmpty && Set(expected).isSubset(of: report.findings.map(\.rule)))
    }

    @Test("is read as `az` prints it, with properties at the top and names of its own")
    func printedByAz() throws {
        let text = """
            {"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a", "name": "a",
             "type": "Microsoft.Storage/storageAccounts", "kind": "StorageV2", "enableHttpsTrafficOnly": false,
             "creationTime": "2021-03-18T04:42:22.432283+00:00", "allowSharedKeyAccess": null,
             "networkRuleSet": {"defaultAction": "Deny", "bypass": "None",
               "ipRules": [{"action": "Allow", "ipAddressOrRange": "203.0.113.7"}],
               "virtualNetworkRules": [{"virtualNetworkResourceId": "/subnet", "state": "Succeeded"}]},
             "encryption": {"keySource": "Microsoft.Keyvault",
               "keyVaultProperties": {"currentVersionedKeyExpirationTimestamp": "2027-01-01T00:00:00+00:00"}},
             "privateEndpointConnections": [{"name": "pe",
               "privateLinkServiceConnectionState": {"status": "Approved"}}]}
            """
        var documents = AccountDocuments()
        try documents.add(Array(text.utf8), from: "a.json")
        let account = try #require(documents.accounts.first)
        #expect(account.supportsHttpsTrafficOnly == false)
        #expect(account.creationTime == ResourceTime("2021-03-18T04:42:22Z"))
        #expect(account.networkAcls?.ipRules?.first?.value == "203.0.113.7")
        #expect(account.networkAcls?.virtualNetworkRules?.first?.id == "/subnet")
        #expect(account.encryption?.keyVaultProperties?.currentVersionedKeyExpirationTimestamp != nil)
        #expect(account.privateEndpointConnections == [.init(name: "pe", status: "Approved")])
        #expect(account.id?.group == "g")
    }

    @Test("is refused where it is none, and says where")
    func refused() throws {
        let account = "{\"type\": \"Microsoft.Storage/storageAccounts\", \"properties\": "
        let cases: [(text: String, kind: AccountDocumentError.Kind)] = [
            ("", .malformed("the document")), ("[1]", .malformed("Index 0")), ("{}", .nothingKnown),
            ("[]", .nothingKnown),
            ("{\"value\": []}", .nothingKnown), ("{\"type\": \"Microsoft.Web/sites\"}", .nothingKnown),
            (account + "{\"allowSharedKeyAccess\": \"yes\"}}", .malformed("allowSharedKeyAccess")),
            (account + "{\"networkAcls\": {\"ipRules\": 3}}}", .malformed("networkAcls.ipRules")),
            (account + "{\"creationTime\": \"yesterday\"}}", .malformed("creationTime")),
            (String(repeating: "[", count: 100_000), .malformed("the document")),
        ]
        for (text, kind) in cases {
            var documents = AccountDocuments()
            let error = #expect(throws: AccountDocumentError.self) {
                try documents.add(Array(text.utf8), from: "a.json")
            }
            guard let error else { continue }
            switch (error.kind, kind) {
            case (.malformed(let place), .malformed(let end)):
                #expect(place.hasSuffix(end), "\(text.prefix(80))")
            default: #expect(error.kind == kind, "\(text.prefix(80))")
            }
        }
    }

    private static func names() throws -> [String] {
        let derived = try Fixtures.names(in: "arm-storage-accounts/derived", suffix: ".json").map { "derived/\($0)" }
        return try Fixtures.names(in: "arm-storage-accounts", suffix: ".json") + derived
    }

    private static func read(_ name: String) throws -> AccountDocuments {
        var documents = AccountDocuments()
        try documents.add(try Fixtures.bytes("arm-storage-accounts/\(name)"), from: name)
        return documents
    }

    private static func lines(of account: StorageAccount) -> [String] {
        let report = AccountReport(of: AccountSituation(account, now: .moment), for: AccountJob.allCases)
        let found = report.findings.map { finding in
            let jobs = finding.jobs.map(\.rawValue).joined(separator: " ")
            return "    \(finding.rule) \(finding.severity): \(finding.property) is \(finding.found) (\(jobs))"
        }
        return ["  \(account.name ?? "?")"] + found
    }
}
