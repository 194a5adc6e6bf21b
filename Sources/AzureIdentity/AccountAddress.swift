public import HTTPMessages

/// Which account an endpoint is of: the first label of the host, or the first segment of the path.
public struct AccountAddress: Sendable, Equatable {
    public let account: String
    /// True for `http://127.0.0.1:10000/account`: IP addresses, `localhost` and other hosts of a single label.
    public let isPathStyle: Bool

    /// - Parameter endpoint: The URL of the account, or of anything in it.
    public init(endpoint: HTTPURL) throws(CredentialError) {
        isPathStyle = endpoint.isPathStyle
        let segment = endpoint.path.split(separator: "/").first.map(String.init)
        let label = endpoint.host.prefix { $0 != "." }
        let name = isPathStyle ? segment ?? "" : String(label)
        let primary = name.hasSuffix("-secondary") ? String(name.dropLast(10)) : name
        guard SharedKey.isAccountName(primary) else {
            throw CredentialError(.accountUnknown, detail: "\(endpoint.authority) does not tell it")
        }
        account = primary
    }
}
