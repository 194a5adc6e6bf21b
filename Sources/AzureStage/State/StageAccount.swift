import AzureIdentity
import AzureManagement
import CryptoDigests
import Diagnostics
import FoundationEssentials

/// A storage account on the stage.
struct StageAccount: Sendable {
    /// What the resource manager keeps of a container beside what the blob service does.
    struct Container: Sendable {
        var holds: [String] = []
        var days: Int?
        var isLocked = false
        var allowsAppending = false
        /// Everything else that was said of it.
        var properties: JSONValue = .object([:])
    }

    let name: String
    let subscription: String
    let tenant: String
    let group: String
    /// As the resource manager shows it; endpoints are added for each client.
    private(set) var document: JSONValue
    /// The same, read.
    private(set) var model: StorageAccount
    var blobService: JSONValue
    var containers: [String: Container] = [:]
    var keys: [SharedKey]
    /// What user delegation keys are made of; a new one revokes them all.
    var delegationSecret: Secret<[UInt8]>

    init(
        _ account: StageDocument.Account, subscription: String, tenant: String, now: Date, random: () -> UInt64
    ) throws(StageError) {
        (name, group) = (account.name, account.resourceGroup)
        (self.subscription, self.tenant) = (subscription, tenant)
        let made = StageTime.text(now)
        let defaults: JSONValue = [
            "provisioningState": "Succeeded", "statusOfPrimary": "available", "creationTime": .text(made),
            "keyCreationTime": ["key1": .text(made), "key2": .text(made)],
            "primaryLocation": .text(account.location ?? "westeurope"), "supportsHttpsTrafficOnly": false,
            "minimumTlsVersion": "TLS1_2", "allowBlobPublicAccess": false, "allowSharedKeyAccess": true,
            "accessTier": "Hot",
            "networkAcls": [
                "bypass": "AzureServices", "defaultAction": "Allow", "ipRules": [], "virtualNetworkRules": [],
            ],
            "encryption": ["keySource": "Microsoft.Storage"],
        ]
        let id =
            "/subscriptions/\(subscription)/resourceGroups/\(account.resourceGroup)/providers/Microsoft.Storage/"
            + "storageAccounts/\(account.name)"
        let sku = account.sku ?? "Standard_LRS"
        let described: JSONValue = [
            "id": .text(id), "name": .text(account.name), "type": "Microsoft.Storage/storageAccounts",
            "kind": .text(account.kind ?? "StorageV2"), "location": .text(account.location ?? "westeurope"),
            "sku": ["name": .text(sku), "tier": .text(sku.hasPrefix("Premium") ? "Premium" : "Standard")],
            "properties": defaults.merged(with: account.properties ?? .object([:])),
        ]
        guard let read = try? described.decoded(as: StorageAccount.self) else {
            throw StageError(.malformed("the properties of account \(account.name)"), subject: "the file")
        }
        (document, model) = (described, read)
        blobService = account.blobService ?? .object([:])
        do {
            keys = try (account.keys ?? (0..<2).map { _ in Self.key(random) }).map {
                try SharedKey(account: account.name, base64Key: $0)
            }
        } catch {
            throw StageError(.malformed("the keys of account \(account.name)"), subject: "the file")
        }
        delegationSecret = Secret(Self.bytes(4, random))
    }

    /// 64 random bytes, as the service's keys have.
    static func key(_ random: () -> UInt64) -> String { Base64.encode(bytes(8, random)) }

    static func bytes(_ words: Int, _ random: () -> UInt64) -> [UInt8] {
        (0..<words).flatMap { _ in
            let word = random()
            return (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64($0 * 8)) }
        }
    }

    /// 3 to 24 lower-case letters and digits.
    static func isName(_ name: String) -> Bool {
        (3...24).contains(name.utf8.count)
            && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) }
    }

    var id: String { document["id"]?.text ?? "" }

    /// Lays changes over the account; what cannot be read afterwards is refused as a whole.
    mutating func change(_ patch: JSONValue) throws(StageFailure) {
        var allowed: JSONValue = .object([:])
        for name in ["kind", "sku", "tags", "identity", "properties", "location"] {
            if let value = patch[name] { allowed[name] = value }
        }
        let changed = document.merged(with: allowed)
        guard let read = try? changed.decoded(as: StorageAccount.self) else {
            throw StageFailure(
                400, "InvalidRequestPropertyValue", "A property of the account has a value that it cannot have.")
        }
        (document, model) = (changed, read)
    }
}
