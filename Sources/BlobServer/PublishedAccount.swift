public import AzureIdentity
public import BlobStorage

/// An account that a server publishes, with the keys that open it.
public struct PublishedAccount: Sendable {
    public let account: any BlobAccount
    /// Either of an account's two keys lets a request in; none keeps everybody out.
    public let keys: [SharedKey]

    public init(_ account: any BlobAccount, keys: [SharedKey]) {
        self.account = account
        self.keys = keys
    }
}
