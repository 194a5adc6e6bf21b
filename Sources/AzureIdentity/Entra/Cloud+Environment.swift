import HTTPMessages

/// The clouds that have a name.
public enum CloudName: String, Sendable, CaseIterable {
    case `public`
    case china
    case usGovernment = "us-government"

    public var cloud: Cloud {
        switch self {
        case .public: .public
        case .china: .china
        case .usGovernment: .usGovernment
        }
    }

    /// Reads the names used here, and those of `az cloud list`.
    init?(_ text: String) {
        switch text.lowercased() {
        case "public", "azurecloud", "azurepublic", "azurepubliccloud": self = .public
        case "china", "azurechina", "azurechinacloud": self = .china
        case "us-government", "azuregovernment", "azureusgovernment", "azureusgovernmentcloud": self = .usGovernment
        default: return nil
        }
    }
}

extension Cloud {
    /// The cloud that was asked for, or else `PENSTOCK_CLOUD` or `AZURE_CLOUD`, with the addresses that the environment
    /// names in place of its own.
    ///
    /// Throws ``CredentialError`` of kind `malformed-cloud` for what is no cloud or no URL.
    public init(_ name: CloudName?, environment: [String: String]) throws(CredentialError) {
        var cloud = name?.cloud ?? .public
        if name == nil,
            let variable = ["PENSTOCK_CLOUD", "AZURE_CLOUD"].first(where: { environment[$0]?.isEmpty == false })
        {
            guard let known = CloudName(environment[variable] ?? "") else {
                throw CredentialError(.malformedCloud, place: variable, detail: "there is no cloud of that name")
            }
            cloud = known.cloud
        }
        for (variable, part) in [
            ("AZURE_AUTHORITY_HOST", \Cloud.authority), ("PENSTOCK_MANAGEMENT_ENDPOINT", \.management),
            ("PENSTOCK_VAULT_ENDPOINT", \.vault), ("PENSTOCK_POSTGRES_RESOURCE", \.postgres),
        ] {
            guard let text = environment[variable], !text.isEmpty else { continue }
            cloud[keyPath: part] = try Self.endpoint(text, variable)
        }
        if let suffix = environment["PENSTOCK_STORAGE_SUFFIX"], !suffix.isEmpty {
            guard HTTPURL("https://a.blob.\(suffix)")?.authority == "a.blob.\(suffix.lowercased())" else {
                throw CredentialError(.malformedCloud, place: "PENSTOCK_STORAGE_SUFFIX", detail: "it is no domain")
            }
            cloud.storageSuffix = suffix.lowercased()
        }
        self = cloud
    }

    /// A URL without a query and a slash at its end; a host alone is reached by `https`.
    private static func endpoint(_ text: String, _ variable: String) throws(CredentialError) -> HTTPURL {
        guard var url = HTTPURL(text.contains("://") ? text : "https://" + text), url.query.isEmpty else {
            throw CredentialError(.malformedCloud, place: variable, detail: "it is not the URL of an endpoint")
        }
        while url.path.hasSuffix("/") { url.path.removeLast() }
        return url
    }
}
