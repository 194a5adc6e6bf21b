public import HTTPMessages

/// A connection string: which account, where it is, and how to be let in.
///
/// `Key=Value` pairs between semicolons; keys are compared without regard to case. Every documented key is known; an
/// unknown, repeated or contradictory one is refused, because a misspelt key would otherwise lead to another account.
/// Source: <https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string>
public struct ConnectionString: Sendable {
    public let account: String
    public let blobEndpoint: HTTPURL
    /// The read-only second region, where it is named or can be told from the account's name.
    public let secondaryBlobEndpoint: HTTPURL?
    public let credential: Credential

    public init(_ text: String) throws(CredentialError) {
        let settings = try Settings(text)
        if settings["UseDevelopmentStorage"] != nil {
            (account, blobEndpoint) = (SharedKey.emulatorAccount, try settings.emulatorEndpoint())
            secondaryBlobEndpoint = nil
            credential = .sharedKey(try SharedKey.emulator())
            return
        }
        let given = try settings.endpoint("BlobEndpoint")
        let endpoint = if let given { given } else { try settings.built(suffix: "") }
        let name = settings["AccountName"]
        blobEndpoint = endpoint
        secondaryBlobEndpoint = try settings.secondary()
        account = if let name { name } else { try AccountAddress(endpoint: endpoint).account }
        credential = try settings.credential(of: account)
    }
}

/// The pairs of a connection string, checked one by one.
private struct Settings {
    private static let known = [
        "DefaultEndpointsProtocol", "AccountName", "AccountKey", "EndpointSuffix", "BlobEndpoint", "QueueEndpoint",
        "TableEndpoint", "FileEndpoint", "DfsEndpoint", "BlobSecondaryEndpoint", "QueueSecondaryEndpoint",
        "TableSecondaryEndpoint", "FileSecondaryEndpoint", "DfsSecondaryEndpoint", "SharedAccessSignature",
        "UseDevelopmentStorage", "DevelopmentStorageProxyUri",
    ]
    private var values: [String: String] = [:]

    init(_ text: String) throws(CredentialError) {
        for (index, pair) in text.split(separator: ";").enumerated() {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let written = Self.trimmed(parts[0])
            if written.isEmpty, parts.count == 1 { continue }
            // The pair itself is not shown: it may be the tail of a key.
            guard parts.count == 2 else { throw Self.malformed("pair \(index + 1) has no `=`") }
            guard let key = Self.known.first(where: { $0.lowercased() == written.lowercased() }) else {
                throw Self.malformed("pair \(index + 1) has a key that is not known")
            }
            guard values.updateValue(Self.trimmed(parts[1]), forKey: key) == nil else {
                throw Self.malformed("`\(key)` is there twice")
            }
        }
        guard !values.isEmpty else { throw Self.malformed("it is empty") }
        values = values.filter { !$0.value.isEmpty }
    }

    subscript(_ key: String) -> String? { values[key] }

    func credential(of account: String) throws(CredentialError) -> Credential {
        switch (values["AccountKey"], values["SharedAccessSignature"]) {
        case (.some, .some): throw Self.malformed("`AccountKey` and `SharedAccessSignature` exclude each other")
        case (let key?, nil):
            guard values["AccountName"] != nil else { throw Self.malformed("`AccountKey` needs `AccountName`") }
            return .sharedKey(try SharedKey(account: account, base64Key: key))
        case (nil, let token?): return .sas(try SASToken(token))
        case (nil, nil):
            guard values["BlobEndpoint"] != nil else { throw Self.malformed("`AccountKey` is missing") }
            return .anonymous
        }
    }

    func endpoint(_ key: String) throws(CredentialError) -> HTTPURL? {
        guard let text = values[key] else { return nil }
        guard let url = HTTPURL(text), url.query.isEmpty else {
            throw Self.malformed("`\(key)` is not the URL of an endpoint")
        }
        return url.withoutTrailingSlash
    }

    func secondary() throws(CredentialError) -> HTTPURL? {
        if let url = try endpoint("BlobSecondaryEndpoint") {
            guard values["BlobEndpoint"] != nil else {
                throw Self.malformed("`BlobSecondaryEndpoint` needs `BlobEndpoint`")
            }
            return url
        }
        return values["BlobEndpoint"] == nil ? try built(suffix: "-secondary") : nil
    }

    /// `protocol://account.blob.suffix`.
    func built(suffix: String) throws(CredentialError) -> HTTPURL {
        guard let account = values["AccountName"] else {
            throw Self.malformed("`AccountName` or `BlobEndpoint` is missing")
        }
        guard SharedKey.isAccountName(account) else { throw CredentialError(.malformedAccount) }
        let name = values["DefaultEndpointsProtocol"] ?? "https"
        guard let scheme = HTTPURL.Scheme(rawValue: name.lowercased()) else {
            throw Self.malformed("`DefaultEndpointsProtocol` is neither http nor https")
        }
        let domain = values["EndpointSuffix"] ?? "core.windows.net"
        guard let url = HTTPURL("\(scheme)://\(account)\(suffix).blob.\(domain)"), url.path.isEmpty, url.query.isEmpty
        else { throw Self.malformed("`EndpointSuffix` is no domain") }
        return url
    }

    func emulatorEndpoint() throws(CredentialError) -> HTTPURL {
        guard values["UseDevelopmentStorage"]?.lowercased() == "true" else {
            throw Self.malformed("`UseDevelopmentStorage` is not `true`")
        }
        let rest = values.keys.filter { $0 != "UseDevelopmentStorage" && $0 != "DevelopmentStorageProxyUri" }
        guard rest.isEmpty else {
            throw Self.malformed("`UseDevelopmentStorage` excludes `\(rest.sorted()[0])`")
        }
        var url = try endpoint("DevelopmentStorageProxyUri") ?? HTTPURL(scheme: .http, host: "127.0.0.1")
        url.port = 10_000
        url.path = "/" + SharedKey.emulatorAccount
        return url
    }

    private static func malformed(_ detail: String) -> CredentialError {
        CredentialError(.malformedConnectionString, detail: detail)
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}

extension HTTPURL {
    /// The same URL without a slash at the end of its path.
    fileprivate var withoutTrailingSlash: HTTPURL {
        var url = self
        while url.path.hasSuffix("/") { url.path.removeLast() }
        return url
    }
}
