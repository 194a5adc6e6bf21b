import CryptoDigests
import Diagnostics
public import HTTPMessages

/// A shared access signature: a right to do some things for some time, as query parameters.
public struct SASToken: Sendable {
    public let fields: SASFields
    let signature: Secret<[UInt8]>

    /// Reads the token out of a query, leaving alone what does not belong to it.
    public init(_ query: HTTPQuery) throws(CredentialError) {
        let fields = try SASFields(query)
        guard let text = query["sig"], !text.isEmpty else {
            throw CredentialError(.malformedSAS, detail: "it has no `sig`")
        }
        guard query.all.count(where: { $0.name == "sig" }) == 1 else {
            throw CredentialError(.malformedSAS, detail: "`sig` is there twice")
        }
        // A plus that was not percent-encoded has become a space; no other space can be in there.
        let plain = String(text.map { $0 == " " ? "+" : $0 })
        guard let signature = Base64.decode(plain), signature.count == 32 else {
            throw CredentialError(.malformedSAS, detail: "`sig` is not a signature in Base64")
        }
        guard !fields.version.isEmpty else { throw CredentialError(.malformedSAS, detail: "it has no `sv`") }
        guard fields.form != .account || (!fields["ss"].isEmpty && !fields["srt"].isEmpty) else {
            throw CredentialError(.malformedSAS, detail: "it needs both of `ss` and `srt`")
        }
        guard fields.form == .account || !fields["sr"].isEmpty else {
            throw CredentialError(.malformedSAS, detail: "it has neither `sr` nor `ss`")
        }
        self.fields = fields
        self.signature = Secret(signature)
    }

    /// Reads a token as a portal shows it, with or without a question mark.
    public init(_ text: String) throws(CredentialError) {
        let trimmed = text.filter { !$0.isNewline }
        guard let query = HTTPQuery(encoded: trimmed.hasPrefix("?") ? trimmed.dropFirst() : trimmed[...]) else {
            throw CredentialError(.malformedSAS, detail: "its percent-encoding is broken")
        }
        try self.init(query)
    }

    /// True if the query carries a token, well-formed or not.
    public static func isPresent(in query: HTTPQuery) -> Bool { query["sig"] != nil }

    /// The token as query parameters, signature and all.
    public func reveal<Result>(_ body: (HTTPQuery) -> Result) -> Result {
        var query = fields.query
        signature.reveal { query.append("sig", Base64.encode($0)) }
        return body(query)
    }

    /// Makes a token for one container or blob; `nil` for a version that has no such token.
    public static func signing(_ fields: SASFields, for resource: SASResource, with key: SharedKey) -> SASToken? {
        guard let text = fields.stringToSign(for: resource) else { return nil }
        return SASToken(fields: fields, signature: Secret(key.signature(of: text)))
    }

    /// Makes a token for the key's account; `nil` for a version that has no such token.
    public static func signing(_ fields: SASFields, forAccountOf key: SharedKey) -> SASToken? {
        guard let text = fields.stringToSign(forAccount: key.account) else { return nil }
        return SASToken(fields: fields, signature: Secret(key.signature(of: text)))
    }

    private init(fields: SASFields, signature: Secret<[UInt8]>) {
        self.fields = fields
        self.signature = signature
    }

    func matches(_ text: String, key: SharedKey) -> Bool {
        signature.reveal { MessageAuthentication.equal($0, key.signature(of: text)) }
    }
}
