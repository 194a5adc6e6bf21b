public import HTTPMessages

/// Which account an endpoint is of: the first label of the host, or the first segment of the path.
public struct AccountAddress: Sendable, Equatable {
    public let account: String
    /// True for `http://127.0.0.1:10000/account`: IP addresses, `localhost` and other hosts of a single label.
    public let isPathStyle: Bool

    /// - Parameter endpoint: The URL of the account, or of anything in it.
    public init(endpoint: HTTPURL) throws(CredentialError) {
        isPathStyle = Self.isPathStyle(host: endpoint.host)
        let segment = endpoint.path.split(separator: "/").first.map(String.init)
        let label = endpoint.host.prefix { $0 != "." }
        let name = isPathStyle ? segment ?? "" : String(label)
        let primary = name.hasSuffix("-secondary") ? String(name.dropLast(10)) : name
        guard SharedKey.isAccountName(primary) else {
            throw CredentialError(.accountUnknown, detail: "\(endpoint.authority) does not tell it")
        }
        account = primary
    }

    /// True for hosts that cannot hold an account's name in their first label.
    public static func isPathStyle(host: String) -> Bool {
        if host.hasPrefix("[") || !host.contains(".") { return true }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { UInt8($0) != nil }
            || host == "host.docker.internal"
    }
}
