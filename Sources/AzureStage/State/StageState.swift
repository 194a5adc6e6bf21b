import AzureIdentity
import AzureManagement
import CryptoDigests
import Diagnostics
import FoundationEssentials

/// Everything on the stage that can change.
struct StageState: Sendable {
    struct Tenant: Sendable {
        let id: String
        let domain: String?
        var applications: [StageDocument.Application]
    }

    struct Subscription: Sendable {
        let id: String
        let name: String
        let tenant: String
    }

    struct Assignment: Sendable {
        let id: String
        let principal: String
        let role: BuiltInRole
        let scope: String
        let tenant: String
    }

    struct Lock: Sendable {
        let name: String
        let scope: String
        let level: String
    }

    struct Identity: Sendable {
        let tenant: String
        let identity: StageDocument.ManagedIdentity
    }

    var tokenLife: Int
    var identityHeader: String
    var arcDirectory: String?
    /// What Arc's endpoint wrote last.
    var arcKey = ""
    /// How many requests of a service are still to be refused.
    var throttled: [StageService: Int] = [:]
    /// What refused requests are told to wait, in seconds.
    var retryAfter = 1
    /// By their ids.
    var tenants: [String: Tenant] = [:]
    var identities: [Identity] = []
    var subscriptions: [String: Subscription] = [:]
    var accounts: [String: StageAccount] = [:]
    var assignments: [Assignment] = []
    var locks: [Lock] = []
    var vaults: [String: StageVault] = [:]

    init(_ document: StageDocument, now: Date, random: () -> UInt64) throws(StageError) {
        tokenLife = document.tokenLife ?? 3600
        identityHeader = document.identityHeader ?? StageID.make(random)
        arcDirectory = document.arcDirectory
        guard (1...86_400).contains(tokenLife) else { throw Self.unknown("a tokenLife of \(tokenLife)") }
        for tenant in document.tenants { try add(tenant, now: now, random: random) }
    }

    private mutating func add(_ tenant: StageDocument.Tenant, now: Date, random: () -> UInt64) throws(StageError) {
        let id = try Self.id(tenant.id)
        guard tenants[id] == nil else { throw Self.repeated("tenant \(id)") }
        for application in tenant.applications ?? [] {
            _ = try (Self.id(application.id), Self.id(application.object))
        }
        tenants[id] = Tenant(id: id, domain: tenant.domain?.lowercased(), applications: tenant.applications ?? [])
        for identity in tenant.identities ?? [] {
            _ = try (Self.id(identity.client), Self.id(identity.object))
            identities.append(Identity(tenant: id, identity: identity))
        }
        for subscription in tenant.subscriptions ?? [] { try add(subscription, of: id, now: now, random: random) }
        for assignment in tenant.assignments ?? [] {
            guard let role = BuiltInRole.named(assignment.role) else { throw Self.unknown("role \(assignment.role)") }
            assignments.append(
                Assignment(
                    id: StageID.make(random), principal: try Self.id(assignment.principal), role: role,
                    scope: assignment.scope, tenant: id))
        }
        for lock in tenant.locks ?? [] {
            locks.append(Lock(name: lock.name, scope: lock.scope, level: lock.level))
        }
    }

    private mutating func add(
        _ subscription: StageDocument.Subscription, of tenant: String, now: Date, random: () -> UInt64
    ) throws(StageError) {
        let id = try Self.id(subscription.id)
        guard subscriptions[id] == nil else { throw Self.repeated("subscription \(id)") }
        subscriptions[id] = Subscription(id: id, name: subscription.name ?? id, tenant: tenant)
        for account in subscription.accounts ?? [] {
            guard StageAccount.isName(account.name), StageService.ofFirst[account.name] == nil else {
                throw Self.unknown("an account named \(account.name)")
            }
            guard accounts[account.name] == nil else { throw Self.repeated("account \(account.name)") }
            accounts[account.name] = try StageAccount(
                account, subscription: id, tenant: tenant, now: now, random: random)
        }
        for vault in subscription.vaults ?? [] {
            let name = vault.name.lowercased()
            guard vaults[name] == nil else { throw Self.repeated("vault \(name)") }
            vaults[name] = try StageVault(vault, subscription: id, tenant: tenant, now: now, random: random)
        }
    }

    private static func id(_ text: String) throws(StageError) -> String {
        guard StageID.isWellFormed(text) else { throw unknown("\(text) where an id should stand") }
        return text.lowercased()
    }

    static func unknown(_ what: String) -> StageError { StageError(.unknown(what), subject: "the file") }
    static func repeated(_ what: String) -> StageError { StageError(.repeated(what), subject: "the file") }
}

extension StageState {
    /// The tenant of an id or a domain.
    func tenant(_ name: String) -> Tenant? {
        let name = name.lowercased()
        return tenants[name] ?? tenants.values.first { $0.domain == name }
    }

    /// What somebody's roles at a scope and above it allow.
    func grants(of principal: String, in tenant: String, at scope: String) -> [PermissionGrant] {
        assignments.filter { $0.principal == principal && $0.tenant == tenant && Self.covers($0.scope, scope) }
            .map(\.role.grant)
    }

    /// True where what is said of one scope holds at the other.
    static func covers(_ outer: String, _ inner: String) -> Bool {
        let (outer, inner) = (plain(outer), plain(inner))
        return inner == outer || inner.hasPrefix(outer + "/")
    }

    private static func plain(_ scope: String) -> String {
        scope.lowercased().split(separator: "/").map { "/" + $0 }.joined()
    }

    /// The lock that keeps a resource from being changed, or from being deleted.
    func lock(at scope: String, forDeletion: Bool) -> Lock? {
        locks.first { Self.covers($0.scope, scope) && (forDeletion || $0.level.lowercased() == "readonly") }
    }
}
