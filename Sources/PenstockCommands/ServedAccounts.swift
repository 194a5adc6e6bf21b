import BlobServer
import BlobStorage
import Diagnostics

/// The accounts of a file, published for as long as they stand in it.
actor ServedAccounts {
    nonisolated let published = PublishedAccounts([:])
    private let file: AccountFile
    private let allowsPublicAccess: Bool
    private let log: Log
    private let open: @Sendable (String) async throws -> ServedStore
    /// Kept until the server ends, even if the account is taken out: requests for it may still be under way.
    private var stores: [String: ServedStore] = [:]
    private var seen: [UInt8] = []
    private var complaint = ""

    /// - Parameter open: Opens the store of the account of that name.
    init(
        _ file: AccountFile, allowsPublicAccess: Bool, log: Log,
        open: @escaping @Sendable (String) async throws -> ServedStore
    ) {
        self.file = file
        self.allowsPublicAccess = allowsPublicAccess
        self.log = log
        self.open = open
    }

    /// Publishes what the file says; answers the names.
    ///
    /// An account whose store cannot be opened is left out, and throws in the end: it must not keep the others' new keys
    /// from counting.
    @discardableResult
    func load() async throws -> [String] {
        let contents = try file.contents()
        let list = try AccountList(json: contents, path: file.path)
        var accounts: [String: PublishedAccount] = [:]
        var failure: (any Error)?
        for name in list.names {
            do {
                if stores[name] == nil { stores[name] = try await open(name) }
            } catch {
                failure = failure ?? error
            }
            guard let store = stores[name] else { continue }
            accounts[name] = PublishedAccount(
                store.account, keys: try list.keys(of: name), allowsPublicAccess: allowsPublicAccess)
        }
        published.replace(with: accounts)
        if let failure { throw failure }
        seen = contents
        return list.names
    }

    /// Publishes what the file says if it was changed; a file that cannot be read changes nothing, and is complained of
    /// once.
    func reload() async {
        do {
            guard try file.contents() != seen else { return }
            let names = try await load()
            complaint = ""
            log.info("accounts read anew", ["accounts": names.joined(separator: " ")])
        } catch {
            let text = Explanation(error).text
            if text != complaint { log.warning("the file of accounts cannot be used as it is", ["error": text]) }
            complaint = text
        }
    }

    func close() async throws {
        for store in stores.values { try await store.close() }
        stores = [:]
    }
}

/// The store of one account while it is served.
struct ServedStore: Sendable {
    let account: any BlobAccount
    let close: @Sendable () async throws -> Void
}
