import AzureIdentity
import AzureManagement
import CommandLineKit
import FoundationEssentials
import HTTPTransport

extension Session {
    /// The resource manager of the cloud, asked in the name of the run's identity.
    func accountReader() async throws -> AccountReader {
        let identity = try foundIdentity()
        do {
            _ = try await identity.token(for: .management)
        } catch let error as CredentialError where error.kind == .notFound {
            throw CredentialError(.noIdentity, detail: error.detail)
        }
        let client = CurlClient(width: 2, settings: transportSettings(isNear: false))
        return AccountReader(
            ResourceManager(
                endpoint: try cloud().management, client: client, tokens: identity.tokens,
                sleep: { try await Task.sleep(for: $0) }))
    }
}
