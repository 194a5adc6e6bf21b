import AzureIdentity
import AzureManagement
import CommandLineKit

/// What the resource manager does not know of a job, and the rules ask for.
enum AccountSituationOptions {
    static let credential = Option(
        "credential", .choice("KIND", of: AccountSituation.CredentialKind.self),
        help: "how the job shows who it is: with an account key or a SAS made with one, or with an identity")
    static let address = Option(
        "address", ValueFormat("ADDRESS", wants: "an IPv4 address", show: \.description) { IPv4Address($0) },
        help: "the public address that the job comes from")
    static let tier = Option(
        "tier", .word("TIER", among: ["Hot", "Cool", "Cold", "Archive"]), help: "the access tier that is wanted")
    static let signatureHours = Option(
        "signature-hours", .wholeNumber("HOURS", from: 1, to: 87_600), help: "how long the signatures of a copy live")
    static let retention = Option(
        "retention-days", .wholeNumber("DAYS", from: 1, to: 36_500), help: "for how long what is written must stay")
    static let tags = Option(flag: "tags", help: "blobs are to have tags")
    static let overwrites = Option(flag: "overwrites", help: "blobs are to be replaced or removed")
    static let vaultLocation = Option("vault-location", .text("REGION"), help: "the region of the backup vault")
    static let vaultSubscription = Option(
        "vault-subscription", .identifier, help: "the subscription of the backup vault")
    static let vaultTenant = Option("vault-tenant", .identifier, help: "the tenant of the backup vault")
    static let vaultPrincipal = Option(
        "vault-principal", .identifier, help: "the object ID of the vault's managed identity")
    static let tenant = Option("account-tenant", .identifier, help: "the tenant of the account")

    static let group = OptionGroup(
        "What is planned",
        [
            credential, signatureHours, address, tier, retention, tags, overwrites, tenant, vaultLocation,
            vaultSubscription, vaultTenant, vaultPrincipal,
        ])
}

extension ValueFormat where Item == String {
    /// An identifier of a subscription, a tenant or a principal, as Azure gives them out.
    fileprivate static var identifier: ValueFormat {
        ValueFormat("ID", wants: "an identifier such as 11111111-2222-3333-4444-555555555555") { text in
            let groups = text.split(separator: "-", omittingEmptySubsequences: false)
            let isHexadecimal = groups.joined().utf8.allSatisfy {
                (48...57).contains($0) || (65...70).contains($0) || (97...102).contains($0)
            }
            return groups.map(\.utf8.count) == [8, 4, 4, 4, 12] && isHexadecimal ? text.lowercased() : nil
        }
    }
}

extension ParsedArguments {
    /// Adds to a situation what the command line says of it.
    func complete(_ situation: inout AccountSituation) {
        situation.credential = self[AccountSituationOptions.credential]
        situation.signatureLife = self[AccountSituationOptions.signatureHours].map { .seconds($0 * 3600) }
        situation.callerAddress = self[AccountSituationOptions.address]
        situation.tier = self[AccountSituationOptions.tier].map { ResourceWord($0) }
        situation.retentionDays = self[AccountSituationOptions.retention]
        situation.wantsTags = self[AccountSituationOptions.tags]
        situation.overwrites = self[AccountSituationOptions.overwrites]
        situation.tenant = self[AccountSituationOptions.tenant]
        situation.vault.location = self[AccountSituationOptions.vaultLocation]
        situation.vault.subscription = self[AccountSituationOptions.vaultSubscription]
        situation.vault.tenant = self[AccountSituationOptions.vaultTenant]
        situation.vault.principal = self[AccountSituationOptions.vaultPrincipal]
    }
}
