import AzureIdentity
import FoundationEssentials
import Testing

@testable import AzureManagement

@Suite("A rule for accounts")
struct AccountRuleTests {
    @Test("judges as its table says", arguments: RuleCase.all)
    func judges(_ ruleCase: RuleCase) throws {
        let rule = try #require(AccountRule.all.first { $0.id == ruleCase.rule })
        var situation = AccountSituation(.sound, now: .moment)
        situation.blobService = .sound
        situation.container = .found(BlobContainer(name: "backups"))
        ruleCase.change(&situation)
        let verdict = try #require(rule.verdict(of: situation, for: ruleCase.job))
        switch (verdict, ruleCase.outcome) {
        case (.holds, .holds), (.undecided, .undecided): return
        case (.broken(let severity, let found, let remedy), .broken(let expected)):
            #expect(severity == expected)
            #expect(!found.isEmpty && remedy.text.hasSuffix("."))
        default: Issue.record("\(verdict) instead of \(ruleCase.outcome)")
        }
    }

    @Test("has a case in which it holds and one in which it does not", arguments: AccountRule.all.map(\.id))
    func isCovered(id: String) {
        let cases = RuleCase.all.filter { $0.rule == id }
        #expect(cases.contains { $0.outcome == .holds })
        #expect(
            cases.contains {
                if case .broken = $0.outcome { true } else { false }
            })
    }

    @Test("has an identifier of its own, in order")
    func identifiers() {
        let ids = AccountRule.all.map(\.id)
        #expect(ids == ids.sorted() && Set(ids).count == ids.count)
        #expect(ids.count == 47)
    }

    @Test("says nothing of a job that it does not concern")
    func otherJobs() throws {
        let rule = try #require(AccountRule.all.first { $0.id == "SA010" })
        #expect(rule.verdict(of: AccountSituation(StorageAccount(), now: .moment), for: .upload) == nil)
    }
}

extension Date {
    /// 21 November 2026, noon.
    static let moment = Date(timeIntervalSince1970: 1_795_262_400)
}

extension StorageAccount {
    /// An account of which no rule has anything to say.
    static var sound: StorageAccount {
        var account = StorageAccount()
        account.id = ResourceID(
            "/subscriptions/s1/resourceGroups/backup-rg/providers/Microsoft.Storage/storageAccounts/pgbackups01")
        account.name = "pgbackups01"
        account.kind = "StorageV2"
        account.sku = SKU(name: "Standard_GZRS", tier: "Standard")
        account.location = "westeurope"
        account.provisioningState = "Succeeded"
        account.statusOfPrimary = "available"
        account.creationTime = ResourceTime("2025-01-01T00:00:00.0000000Z")
        account.allowSharedKeyAccess = false
        account.minimumTlsVersion = "TLS1_2"
        account.allowCrossTenantDelegationSas = true
        return account
    }
}

extension BlobService {
    static var sound: BlobService {
        var service = BlobService()
        service.isVersioningEnabled = true
        service.deleteRetentionPolicy = Retention(enabled: true, days: 14)
        service.containerDeleteRetentionPolicy = Retention(enabled: true, days: 14)
        service.restorePolicy = Retention(enabled: true, days: 7)
        service.changeFeed = Switch(enabled: true)
        return service
    }
}
