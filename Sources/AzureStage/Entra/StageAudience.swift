import HTTPMessages

/// What a token is for, whatever way its resource is written.
enum StageAudience: Sendable, Equatable {
    case storage
    case management
    case vault
    case postgres
    case graph

    /// Reads a resource such as `https://storage.azure.com/`; `nil` for one that nobody offers here.
    ///
    /// The stage's own address stands for its resource manager.
    init?(_ resource: String) {
        guard let url = HTTPURL(resource), url.path.allSatisfy({ $0 == "/" }), url.query.isEmpty else { return nil }
        let labels = url.host.split(separator: ".").map(String.init)
        switch labels.first {
        case "storage" where url.host == "storage.azure.com": self = .storage
        case "vault": self = .vault
        case "management" where labels.count > 1: self = .management
        case "ossrdbms-aad": self = .postgres
        case "graph" where labels.count > 1: self = .graph
        default:
            if labels.count > 2, labels[1] == "blob" {
                self = .storage
            } else if url.isLoopback {
                self = .management
            } else {
                return nil
            }
        }
    }
}
