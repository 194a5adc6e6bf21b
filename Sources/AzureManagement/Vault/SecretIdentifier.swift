public import AzureIdentity
import HTTPMessages

/// The address of a secret in Key Vault: `https://VAULT.vault.azure.net/secrets/NAME[/VERSION]`.
///
/// Its host is one of the cloud's vaults, so that no token is ever sent anywhere else.
/// Source: <https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates>
public struct SecretIdentifier: Sendable, Hashable, CustomStringConvertible {
    /// The vault's own address, without a path.
    let base: HTTPURL
    public let vault: String
    public let name: String
    /// `nil` for the current one.
    public let version: String?

    /// - Parameter cloud: Whose vaults count: their hosts end in the host of its vault service.
    public init(_ text: String, cloud: Cloud) throws(KeyVaultError) {
        guard let url = HTTPURL(text), url.query.isEmpty else {
            throw KeyVaultError(.malformedIdentifier, detail: "it is no URL of a secret")
        }
        let parts = url.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        guard (2...3).contains(parts.count), parts[0] == "secrets", Self.isName(parts[1], 1...127) else {
            throw KeyVaultError(
                .malformedIdentifier, detail: "its path is not `/secrets/NAME` or `/secrets/NAME/VERSION`")
        }
        if parts.count == 3, !Self.isName(parts[2], 32...32) {
            throw KeyVaultError(.malformedIdentifier, detail: "its version does not have 32 letters and digits")
        }
        let service = cloud.vault
        let suffix = "." + service.host
        guard url.host.hasSuffix(suffix), Self.isName(String(url.host.dropLast(suffix.count)), 3...24),
            url.authority == String(url.host.dropLast(suffix.count)) + "." + service.authority,
            url.scheme == service.scheme
        else {
            throw KeyVaultError(
                .foreignHost, subject: url.authority,
                detail: "vaults of this cloud are at `\(service.scheme)://VAULT.\(service.authority)`")
        }
        guard url.scheme == .https || url.isLoopback else { throw KeyVaultError(.insecure, subject: url.authority) }
        vault = String(url.host.dropLast(suffix.count))
        name = parts[1]
        version = parts.count == 3 ? parts[2] : nil
        var base = url
        base.path = ""
        self.base = base
    }

    /// The vault and the name, as messages have them.
    public var description: String { "\(name) of vault \(vault)" }

    private static func isName(_ text: String, _ lengths: ClosedRange<Int>) -> Bool {
        lengths.contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (48...57).contains($0) || (97...122).contains($0 | 32) || $0 == UInt8(ascii: "-")
            }
    }
}
