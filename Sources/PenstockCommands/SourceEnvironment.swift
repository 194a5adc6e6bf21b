/// The environment in which the credential of a copy's source is looked for, where it has one of its own.
///
/// Variables that begin with `PENSTOCK_SOURCE_` are of the source: the rest of the name is that of the variable it stands
/// for (`PENSTOCK_SOURCE_AZURE_STORAGE_KEY`), and `PENSTOCK_SOURCE_AUTH`, `…_IDENTITY` and `…_CLOUD` stand for
/// `PENSTOCK_AUTH` and so on. If there is one of them, no credential of the destination's is taken for the source.
enum SourceEnvironment {
    static let prefix = "PENSTOCK_SOURCE_"
    private static let own = ["AUTH", "IDENTITY", "CLOUD"]
    private static let credentials = [
        "AZURE_STORAGE_", "AZURE_CLIENT_", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE",
    ]

    /// The environment of the source; `nil` if it is the destination's.
    static func derive(from environment: [String: String]) -> [String: String]? {
        let given = environment.filter { $0.key.hasPrefix(prefix) && !$0.value.isEmpty }
        guard !given.isEmpty else { return nil }
        var derived = environment.filter { name, _ in
            !name.hasPrefix(prefix) && !credentials.contains { name.hasPrefix($0) }
                && !own.contains { name == "PENSTOCK_" + $0 }
        }
        for (name, value) in given {
            let rest = String(name.dropFirst(prefix.count))
            derived[own.contains(rest) ? "PENSTOCK_" + rest : rest] = value
        }
        return derived
    }
}

extension Session {
    /// The session in which the source is opened: this one, unless the source has a credential of its own.
    func forSource(_ kind: String?) -> Session {
        var environment = SourceEnvironment.derive(from: world.environment)
        if let kind {
            environment = environment ?? world.environment
            environment?["PENSTOCK_AUTH"] = kind
        }
        return environment.map { speaking(for: $0) } ?? self
    }
}
