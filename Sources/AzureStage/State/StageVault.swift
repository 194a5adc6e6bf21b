import Diagnostics
import FoundationEssentials

/// A vault of secrets on the stage.
struct StageVault: Sendable {
    struct Version: Sendable {
        let id: String
        let value: Secret<String>
        var contentType: String?
        var tags: JSONValue = .object([:])
        var isEnabled = true
        /// In seconds since 1970, like the others.
        var notBefore: Int?
        var expires: Int?
        let created: Int
        var updated: Int
    }

    let name: String
    let subscription: String
    let tenant: String
    let group: String
    /// By name in lower case; the last version is the current one.
    var secrets: [String: [Version]] = [:]

    init(
        _ vault: StageDocument.Vault, subscription: String, tenant: String, now: Date, random: () -> UInt64
    ) throws(StageError) {
        guard (3...24).contains(vault.name.utf8.count), Self.isPlain(vault.name) else {
            throw StageState.unknown("a vault named \(vault.name)")
        }
        (name, group) = (vault.name.lowercased(), vault.resourceGroup)
        (self.subscription, self.tenant) = (subscription, tenant)
        for secret in vault.secrets ?? [] {
            guard Self.isName(secret.name) else { throw StageState.unknown("a secret named \(secret.name)") }
            var version = Self.version(of: secret.value, now: now, random: random)
            version.contentType = secret.contentType
            version.isEnabled = secret.enabled ?? true
            (version.notBefore, version.expires) = (secret.nbf, secret.exp)
            secrets[secret.name.lowercased(), default: []].append(version)
        }
    }

    static func version(of value: String, now: Date, random: () -> UInt64) -> Version {
        let seconds = StageTime.seconds(now)
        return Version(
            id: StageID.hex(random()) + StageID.hex(random()), value: Secret(value), created: seconds, updated: seconds)
    }

    var id: String {
        "/subscriptions/\(subscription)/resourceGroups/\(group)/providers/Microsoft.KeyVault/vaults/\(name)"
    }

    /// 1 to 127 letters, digits and hyphens.
    static func isName(_ name: String) -> Bool { (1...127).contains(name.utf8.count) && isPlain(name) }

    private static func isPlain(_ name: String) -> Bool {
        name.utf8.allSatisfy {
            (48...57).contains($0) || (97...122).contains($0 | 32) || $0 == UInt8(ascii: "-")
        }
    }
}
