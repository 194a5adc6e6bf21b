import FoundationEssentials

/// A stage as its file describes it: docs/reference/stage.md.
public struct StageDocument: Sendable, Codable {
    public struct Tenant: Sendable, Codable {
        public var id: String
        /// A name that may stand for the id in URLs.
        public var domain: String?
        public var applications: [Application]?
        public var identities: [ManagedIdentity]?
        public var subscriptions: [Subscription]?
        public var assignments: [Assignment]?
        public var locks: [Lock]?
    }

    public struct Application: Sendable, Codable {
        public struct Password: Sendable, Codable {
            public var value: String
            /// When it ends; `2030-01-01T00:00:00Z`.
            public var expires: String?
        }

        /// Whose assertions are as good as the application's own.
        public struct Federation: Sendable, Codable {
            public var issuer: String
            public var subject: String
            public var audience: String?
            /// The issuer's key set; without one the stage itself signs for it.
            public var keys: KeySet?
        }

        /// The client id.
        public var id: String
        /// The id of the service principal, which roles are given to.
        public var object: String
        public var name: String?
        public var secrets: [Password]?
        /// In PEM form.
        public var certificates: [String]?
        public var federated: [Federation]?
    }

    public struct KeySet: Sendable, Codable {
        public struct Key: Sendable, Codable {
            public var kid: String?
            public var n: String
            public var e: String
        }

        public var keys: [Key]
    }

    public struct ManagedIdentity: Sendable, Codable {
        public var client: String
        public var object: String
        /// The name of a user-assigned identity in the resource manager; without one it is the system's own.
        public var resource: String?
    }

    public struct Subscription: Sendable, Codable {
        public var id: String
        public var name: String?
        public var accounts: [Account]?
        public var vaults: [Vault]?
    }

    public struct Assignment: Sendable, Codable {
        public var principal: String
        /// Its name, or its id.
        public var role: String
        public var scope: String
    }

    public struct Lock: Sendable, Codable {
        public var name: String
        public var scope: String
        /// `ReadOnly` or `CanNotDelete`.
        public var level: String
    }

    public struct Vault: Sendable, Codable {
        public struct SecretText: Sendable, Codable {
            public var name: String
            public var value: String
            public var contentType: String?
            public var enabled: Bool?
            /// In seconds since 1970, like `exp`.
            public var nbf: Int?
            public var exp: Int?
        }

        public var name: String
        public var resourceGroup: String
        public var secrets: [SecretText]?
    }

    public var version: Int
    /// How long tokens live, in seconds; an hour where nothing is said.
    public var tokenLife: Int?
    /// What `X-IDENTITY-HEADER` must say at the endpoint of App Service.
    public var identityHeader: String?
    /// Where the keys of Azure Arc's endpoint are written; it is closed without one.
    public var arcDirectory: String?
    public var tenants: [Tenant]
}

extension StageDocument {
    public struct Account: Sendable, Codable {
        public var name: String
        public var resourceGroup: String
        public var kind: String?
        public var sku: String?
        public var location: String?
        /// Its two keys in Base64; made at the start where they are not given.
        public var keys: [String]?
        /// As the resource manager has them.
        var properties: JSONValue?
        /// Those of its blob service.
        var blobService: JSONValue?
    }

    /// - Parameter path: Named by the error.
    public init(json: [UInt8], path: String) throws(StageError) {
        do {
            self = try JSONDecoder().decode(StageDocument.self, from: Data(json))
        } catch {
            // The decoder's own words may quote what stands there: a secret.
            throw StageError(.malformed(Self.place(of: error)), subject: path)
        }
        guard version == 1 else { throw StageError(.malformed("version"), subject: path) }
    }

    /// Where in the document something is wrong.
    private static func place(of error: any Error) -> String {
        let keys: [any CodingKey] =
            switch error {
            case DecodingError.keyNotFound(let key, let context): context.codingPath + [key]
            case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
                DecodingError.dataCorrupted(let context):
                context.codingPath
            default: []
            }
        let text = keys.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
        return text.isEmpty ? "the document" : text
    }
}
