import CryptoDigests
public import Diagnostics
public import FoundationEssentials
public import HTTPMessages

/// An account's name with one of its two keys; also the key of a user delegation SAS.
public struct SharedKey: Sendable {
    public let account: String
    private let key: Secret<[UInt8]>

    /// - Parameter key: Account keys are 64 random bytes, user delegation keys 32; any length of at least 1 works.
    public init(account: String, key: Secret<[UInt8]>) throws(CredentialError) {
        guard Self.isAccountName(account) else { throw CredentialError(.malformedAccount) }
        guard key.reveal({ (1...1024).contains($0.count) }) else {
            throw CredentialError(.malformedKey, detail: "it is empty or too long")
        }
        self.account = account
        self.key = key
    }

    /// Takes the key as portals and connection strings show it, in Base64; white space around it is ignored.
    public init(account: String, base64Key: String) throws(CredentialError) {
        let trimmed = base64Key.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()
        guard let bytes = Base64.decode(String(trimmed)) else {
            throw CredentialError(.malformedKey, detail: "it is not Base64")
        }
        try self.init(account: account, key: Secret(bytes))
    }

    /// The HMAC-SHA256 of a string to sign.
    public func signature(of text: String) -> [UInt8] {
        key.reveal { MessageAuthentication.hmacSHA256(Array(text.utf8), key: $0) }
    }

    /// The key itself, as portals show it.
    public func revealBase64() -> String { key.reveal { Base64.encode($0) } }

    /// Dates a request and signs it: sets `x-ms-date` and `Authorization`, and removes `Date`.
    ///
    /// Everything that goes out must be in place before; only fields that are not signed may change afterwards.
    public func sign(_ request: inout HTTPRequest, contentLength: Int, now: Date) {
        request.fields["Date"] = nil
        request.fields["x-ms-date"] = HTTPDate.format(now)
        let text = SignedText(request, contentLength: contentLength, account: account).sharedKey()
        request.fields["Authorization"] = "SharedKey \(account):\(Base64.encode(signature(of: text)))"
    }

    /// Letters, digits, hyphens and underscores; the service itself allows 3 to 24 lower-case letters and digits.
    public static func isAccountName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}

extension SharedKey {
    /// The published account of every emulator, whose key is no secret.
    ///
    /// Source: <https://learn.microsoft.com/azure/storage/common/storage-use-azurite#well-known-storage-account-and-key>
    public static let emulatorAccount = "devstoreaccount1"
    static let emulatorKeyText =
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

    /// The published account of every emulator with its published key.
    public static func emulator() throws(CredentialError) -> SharedKey {
        try SharedKey(account: emulatorAccount, base64Key: emulatorKeyText)
    }
}
