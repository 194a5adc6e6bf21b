public import AzureIdentity
public import BlobStorage
import Synchronization

/// An account that a server publishes, with whoever decides what is let happen to it.
public struct PublishedAccount: Sendable {
    public let account: any BlobAccount
    public let policy: any AccountPolicy

    /// An account that only its keys open.
    ///
    /// - Parameters:
    ///   - keys: Either of an account's two keys lets a request in; none keeps everybody out.
    ///   - allowsPublicAccess: True if its containers may let everybody read; otherwise what they say of that is kept and
    ///     does not count.
    public init(_ account: any BlobAccount, keys: [SharedKey], allowsPublicAccess: Bool = false) {
        self.init(account, policy: FixedPolicy(keys: keys, allowsPublicAccess: allowsPublicAccess))
    }

    public init(_ account: any BlobAccount, policy: any AccountPolicy) {
        self.account = account
        self.policy = policy
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
