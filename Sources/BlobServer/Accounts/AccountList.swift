public import AzureIdentity
import CryptoDigests
public import Diagnostics
import FoundationEssentials

/// The accounts of a server with their keys, as their file holds them: docs/reference/server.md.
public struct AccountList: Sendable {
    /// Which of an account's two keys.
    public enum KeyNumber: Int, Sendable, CaseIterable { case first = 1, second = 2 }

    /// How long a key is, in bytes: as long as those of the service.
    public static let keySize = 64
    private static let version = 1

    struct Entry: Sendable {
        let name: String
        var keys: [Secret<[UInt8]>]
    }

    private(set) var entries: [Entry] = []

    public init() {}

    /// In the order in which they were added.
    public var names: [String] { entries.map(\.name) }

    /// The keys of an account, for judging requests.
    public func keys(of name: String) throws(CredentialError) -> [SharedKey] {
        var keys: [SharedKey] = []
        for key in entry(name)?.keys ?? [] { keys.append(try SharedKey(account: name, key: key)) }
        return keys
    }

    private func entry(_ name: String) -> Entry? { entries.first { $0.name == name } }

    /// - Parameter keys: Both of them, random bytes.
    public mutating func add(_ name: String, keys: [Secret<[UInt8]>]) throws(AccountListError) {
        guard Self.isName(name) else { throw AccountListError(.badName, subject: name) }
        guard entry(name) == nil else { throw AccountListError(.exists, subject: name) }
        entries.append(Entry(name: name, keys: keys))
    }

    public mutating func remove(_ name: String) throws(AccountListError) {
        entries.remove(at: try index(of: name))
    }

    /// Puts a new key in the place of one of the two; what was signed with that one is refused from then on.
    public mutating func rotate(
        _ name: String, _ number: KeyNumber, to key: Secret<[UInt8]>
    ) throws(AccountListError) {
        entries[try index(of: name)].keys[number.rawValue - 1] = key
    }

    private func index(of name: String) throws(AccountListError) -> Int {
        guard let index = entries.firstIndex(where: { $0.name == name }) else {
            throw AccountListError(.unknown, subject: name)
        }
        return index
    }

    /// 3 to 24 lower-case letters and digits, as the service has it, so that a name can be a directory's, too.
    static func isName(_ name: String) -> Bool {
        (3...24).contains(name.utf8.count)
            && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) }
    }
}

// MARK: - As JSON

extension AccountList {
    private struct Document: Codable {
        struct Account: Codable {
            let name: String
            let key1: String
            let key2: String
        }

        let version: Int
        let accounts: [Account]
    }

    /// - Parameter path: Named by the error.
    public init(json: [UInt8], path: String) throws(AccountListError) {
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: Data(json))
        } catch {
            // The decoder's own words may quote what stands there: a key.
            throw AccountListError(.malformed, subject: path)
        }
        guard document.version == Self.version else { throw AccountListError(.malformed, subject: path) }
        for account in document.accounts {
            let keys = [account.key1, account.key2].compactMap { Base64.decode($0) }
            guard keys.count == 2, keys.allSatisfy({ (1...1024).contains($0.count) }) else {
                throw AccountListError(.malformed, subject: path)
            }
            try add(account.name, keys: keys.map { Secret($0) })
        }
    }

    /// The document with every key in it.
    public func revealJSON() throws -> [UInt8] {
        let accounts = entries.map { entry in
            let keys = entry.keys.map { $0.reveal { Base64.encode($0) } }
            return Document.Account(name: entry.name, key1: keys[0], key2: keys[1])
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(Document(version: Self.version, accounts: accounts))) + [10]
    }
}
