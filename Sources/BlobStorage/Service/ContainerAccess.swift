/// Who may use a container beside those who hold a key: what the public may, and the policies that tokens can name.
public struct ContainerAccess: Sendable, Equatable {
    /// What may be done without a credential.
    public enum Public: String, Sendable {
        case nothing
        /// Reading blobs whose names are known.
        case blobs = "blob"
        /// Reading and listing.
        case container
    }

    /// A policy that a token names by its id instead of holding its terms.
    public struct Policy: Sendable, Equatable, Codable {
        /// 1 to 64 characters.
        public let id: String
        /// As written; empty where the token is to say it.
        public let start: String
        public let expiry: String
        public let permissions: String

        public init(id: String, start: String, expiry: String, permissions: String) {
            self.id = id
            self.start = start
            self.expiry = expiry
            self.permissions = permissions
        }
    }

    public var publicAccess: Public
    /// At most five.
    public var policies: [Policy]

    public static let keyHoldersOnly = ContainerAccess(publicAccess: .nothing, policies: [])

    public init(publicAccess: Public, policies: [Policy]) {
        self.publicAccess = publicAccess
        self.policies = policies
    }
}
