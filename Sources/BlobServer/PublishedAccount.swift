public import AzureIdentity
public import BlobStorage
import Synchronization

/// An account that a server publishes, with the keys that open it.
public struct PublishedAccount: Sendable {
    public let account: any BlobAccount
    /// Either of an account's two keys lets a request in; none keeps everybody out.
    public let keys: [SharedKey]
    /// True if its containers may let everybody read; otherwise what they say of that is kept and does not count.
    public let allowsPublicAccess: Bool

    public init(_ account: any BlobAccount, keys: [SharedKey], allowsPublicAccess: Bool = false) {
        self.account = account
        self.keys = keys
        self.allowsPublicAccess = allowsPublicAccess
    }
}

/// The accounts of a server, by name; they can be changed while it serves.
public final class PublishedAccounts: Sendable {
    private let accounts: Mutex<[String: PublishedAccount]>

    public init(_ accounts: [String: PublishedAccount]) { self.accounts = Mutex(accounts) }

    /// Requests that are under way go on with what they found.
    public func replace(with new: [String: PublishedAccount]) { accounts.withLock { $0 = new } }

    subscript(_ name: String) -> PublishedAccount? { accounts.withLock { $0[name] } }
}
