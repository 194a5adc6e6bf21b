import AzureIdentity
import AzureManagement
import CommandLineKit
import FoundationEssentials
import HTTPTransport

extension Session {
    /// The resource manager of the cloud, asked in the name of the run's identity.
    func accountReader() throws -> AccountReader {
        let client = CurlClient(width: 2, settings: transportSettings(isNear: false))
        return AccountReader(
            ResourceManager(
                endpoint: try cloud().management, client: client, tokens: try foundIdentity().tokens,
                sleep: { try await Task.sleep(for: $0) }))
    }
}
