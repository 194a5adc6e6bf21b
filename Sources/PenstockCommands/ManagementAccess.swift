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

    /// What Azure says of the account on the command line, and the command line itself.
    func askedSituation() async throws -> AccountSituation {
        guard let name = arguments[CheckAccountCommand.account] else {
            throw arguments.refusal("check account needs an account, or `--offline` with a file that describes one")
        }
        let reader = try accountReader()
        let id: ResourceID
        if name.hasPrefix("/") {
            guard let given = ResourceID(name)?.account else {
                throw arguments.refusal("`\(name)` is not the resource ID of a storage account")
            }
            id = given
        } else {
            guard SharedKey.isAccountName(name.lowercased()) else {
                throw arguments.refusal("`\(name)` is not the name of a storage account")
            }
            id = try await reader.find(name)
        }
        var situation = AccountSituation(try await reader.account(id), now: world.now())
        arguments.complete(&situation)
        if situation.account.id == nil { situation.account.id = id }
        let gaps = try await reader.complete(&situation, of: id, container: arguments[CheckAccountCommand.container])
        for gap in gaps { reporter.warn("\(gap.what) could not be read: \(gap.error.summary)") }
        return situation
    }
}
