public import FoundationEssentials
public import HTTPMessages

/// The fields of a shared access signature, decoded and as they were written, without the signature itself.
public struct SASFields: Sendable, Equatable {
    /// Who vouches for it, and for what.
    public enum Form: Sendable, Equatable {
        /// For one container or blob, signed with an account key.
        case service
        /// For services and kinds of resources, signed with an account key.
        case account
        /// For one container or blob, signed with a key that Entra ID gave to somebody.
        case userDelegation
    }

    /// Every query parameter that belongs to a token, in the order in which tokens are written.
    ///
    /// Source: <https://learn.microsoft.com/rest/api/storageservices/create-service-sas> and its siblings.
    public static let names = [
        "sp", "ss", "srt", "st", "se", "sip", "spr", "sv", "sr", "sdd", "ses", "si", "skoid", "sktid", "skt", "ske",
        "sks", "skv", "saoid", "suoid", "scid", "skdutid", "sduoid", "srh", "srq", "rscc", "rscd", "rsce", "rscl",
        "rsct",
    ]

    private var values: [String: String] = [:]

    public init() {}

    /// Takes the token's parameters out of a query and leaves all others; a repeated one is malformed.
    public init(_ query: HTTPQuery) throws(CredentialError) {
        for parameter in query.all where Self.names.contains(parameter.name) {
            guard values.updateValue(parameter.value, forKey: parameter.name) == nil else {
                throw CredentialError(.malformedSAS, detail: "`\(parameter.name)` is there twice")
            }
        }
    }

    /// The value of a field; empty where it is absent.
    public subscript(_ name: String) -> String {
        get { values[name] ?? "" }
        set { values[name] = newValue.isEmpty ? nil : newValue }
    }

    /// The service version whose rules the token follows, such as `2021-12-02`.
    public var version: String { self["sv"] }
    /// Letters, one permission each.
    public var permissions: String { self["sp"] }

    /// When the token ends: its own end, or that of the key that signed it where that comes first.
    ///
    /// `nil` where only a stored access policy says it, or where the time cannot be read.
    public var end: Date? { [self["se"], self["ske"]].compactMap(SASTime.parse).min() }

    /// When the token begins, or the key that signed it where that comes later; `nil` where neither says it.
    public var start: Date? { [self["st"], self["skt"]].compactMap(SASTime.parse).max() }

    public var form: Form {
        if !self["skoid"].isEmpty { return .userDelegation }
        return self["ss"].isEmpty && self["srt"].isEmpty ? .service : .account
    }

    /// From the token's own start to its own end; `nil` where it does not say both.
    public var life: Duration? {
        guard let start = SASTime.parse(self["st"]), let end = SASTime.parse(self["se"]) else { return nil }
        return .seconds(end.timeIntervalSince(start))
    }

    /// The fields as query parameters, in the usual order.
    public var query: HTTPQuery {
        var query = HTTPQuery()
        for name in Self.names { if let value = values[name] { query.append(name, value) } }
        return query
    }
}
