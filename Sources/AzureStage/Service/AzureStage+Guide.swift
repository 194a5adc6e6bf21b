import Synchronization

/// How clients are pointed at the stage.
extension AzureStage {
    /// Environment variables for the first application of the first tenant that has a secret, in the order to show.
    ///
    /// - Parameters:
    ///   - base: Where the stage is reached: `https://127.0.0.1:10000`.
    ///   - secret: The application's, where it may be shown.
    public func environment(at base: String, showingSecrets: Bool) -> [(name: String, value: String)] {
        var variables = [
            (name: "AZURE_AUTHORITY_HOST", value: base), (name: "PENSTOCK_MANAGEMENT_ENDPOINT", value: base),
        ]
        state.withLock { state in
            let tenants = state.tenants.values.sorted { $0.id < $1.id }
            if let tenant = tenants.first {
                variables.append(("AZURE_TENANT_ID", tenant.id))
                if let application = tenant.applications.first(where: { $0.secrets?.isEmpty == false }) {
                    variables.append(("AZURE_CLIENT_ID", application.id))
                    if showingSecrets, let secret = application.secrets?.first {
                        variables.append(("AZURE_CLIENT_SECRET", secret.value))
                    }
                }
                let own = state.subscriptions.values.filter { $0.tenant == tenant.id }.sorted { $0.id < $1.id }
                if let subscription = own.first { variables.append(("AZURE_SUBSCRIPTION_ID", subscription.id)) }
            }
        }
        variables.append(("AZURE_POD_IDENTITY_AUTHORITY_HOST", base))
        return variables
    }

    /// The hosts under which accounts and vaults can be reached beside the stage's own.
    public var hosts: [String] {
        state.withLock { state in
            state.accounts.keys.sorted().map { "\($0).blob.localhost" }
                + state.vaults.keys.sorted().map { "\($0).vault.localhost" }
        }
    }
}
