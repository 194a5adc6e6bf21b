import CryptoDigests
public import FoundationEssentials
import HTTPMessages

/// The `Authorization` header of a request signed with an account key, and judging it.
public struct SharedKeyAuthorization: Sendable, Equatable {
    public enum Scheme: String, Sendable {
        case sharedKey = "SharedKey"
        case sharedKeyLite = "SharedKeyLite"
    }

    public let scheme: Scheme
    public let account: String
    let signature: [UInt8]

    /// Reads `SharedKey account:signature`; `nil` for another scheme, or where the signature is not 32 bytes in Base64.
    public init?(header: String) {
        let words = header.split(separator: " ", maxSplits: 1)
        guard words.count == 2, let scheme = Scheme(rawValue: String(words[0])) else { return nil }
        let parts = words[1].split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let signature = Base64.decode(parts[1]), signature.count == 32 else { return nil }
        self.scheme = scheme
        account = String(parts[0])
        self.signature = signature
    }

    /// Judges the signature and the date of a request; `nil` if it may pass.
    ///
    /// Clients differ in three points, so that up to eight strings are tried with each key: the order of the headers,
    /// the `Date` line where there are two dates, and the path of a secondary (`/account-secondary/…`).
    /// - Parameter keys: The keys of the account named by the header; empty if there is no such account.
    public func refusal(of request: SignedText, keys: [SharedKey], now: Date) -> AuthorizationRefusal? {
        let texts = texts(of: request)
        let matches = keys.contains { key in
            texts.contains { MessageAuthentication.equal(key.signature(of: $0), signature) }
        }
        guard matches else {
            let detail =
                keys.isEmpty
                ? "The account \(account) is not known."
                : "The MAC signature found in the HTTP request is not the same as any computed signature. "
                    + "Server used following string to sign: '\(texts[0])'."
            return AuthorizationRefusal(.authenticationFailed, detail: detail)
        }
        return Self.refusal(ofDate: request.fields["x-ms-date"] ?? request.fields["Date"], now: now)
    }

    /// Every string that a known client would have signed, that of the written rules first.
    func texts(of request: SignedText) -> [String] {
        var texts: [String] = []
        for path in [request, primary(of: request)] {
            for date in SignedText.DateLine.allCases {
                for order in SignedText.HeaderOrder.allCases {
                    let text =
                        scheme == .sharedKey
                        ? path.sharedKey(order: order, date: date) : path.sharedKeyLite(order: order, date: date)
                    if !texts.contains(where: { $0.utf8.elementsEqual(text.utf8) }) { texts.append(text) }
                }
            }
        }
        return texts
    }

    /// The request with `/account-secondary` at the front of its path made `/account`.
    private func primary(of request: SignedText) -> SignedText {
        let secondary = "/\(request.account)-secondary"
        let target = request.target
        guard target.utf8.starts(with: secondary.utf8) else { return request }
        let rest = target[target.utf8.index(target.startIndex, offsetBy: secondary.utf8.count)...]
        guard rest.isEmpty || rest.unicodeScalars.first == "/" || rest.unicodeScalars.first == "?" else {
            return request
        }
        return request.withTarget("/\(request.account)\(rest)")
    }

    /// A date more than 15 minutes off is refused.
    ///
    /// Source: <https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key#specifying-the-date-header>
    private static func refusal(ofDate text: String?, now: Date) -> AuthorizationRefusal? {
        guard let text else {
            return AuthorizationRefusal(.authenticationFailed, detail: "The request has neither x-ms-date nor Date.")
        }
        guard let date = HTTPDate.parse(text) else {
            return AuthorizationRefusal(.authenticationFailed, detail: "The date '\(text)' is not in RFC 1123 form.")
        }
        guard abs(date.timeIntervalSince(now)) <= 900 else {
            return AuthorizationRefusal(
                .authenticationFailed,
                detail: "The date '\(text)' is more than 15 minutes from '\(HTTPDate.format(now))'.")
        }
        return nil
    }
}
