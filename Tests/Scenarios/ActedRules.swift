import HTTPMessages
import Testing

/// Every rule that the stage can act out.
extension ActedRule {
    static let all = state + network + access + features + rights

    private static let state = [
        ActedRule(
            id: "SA001", severity: "error", check: ["--for", "upload"],
            breakIt: { try await $0.change(#""provisioningState": "ResolvingDNS""#) },
            operation: "upload", attempt: PlayedAzure.upload, refusal: "ServerBusy",
            mending: .otherwise("waiting until it is `Succeeded`") {
                try await $0.change(#""provisioningState": "Succeeded""#)
            }),
        ActedRule(
            id: "SA002", severity: "error", check: ["--for", "upload"],
            breakIt: { try await $0.change(#""statusOfPrimary": "unavailable""#) },
            operation: "upload", attempt: PlayedAzure.upload, refusal: "ServerBusy",
            mending: .otherwise("waiting for the region") { try await $0.change(#""statusOfPrimary": "available""#) }),
        ActedRule(
            id: "SA003", severity: "error", check: ["--for", "upload"],
            breakIt: { try await $0.change(#""failoverInProgress": true"#) },
            operation: "upload", attempt: PlayedAzure.upload, refusal: "ServerBusy",
            mending: .otherwise("waiting until the change is done") {
                try await $0.change(#""failoverInProgress": false"#)
            }),
        ActedRule(
            id: "SA004", severity: "error", check: ["--for", "upload"],
            breakIt: { try await $0.manage(.patch, PlayedAzure.account(), #"{"kind": "FileStorage"}"#) },
            operation: "upload", attempt: PlayedAzure.upload, refusal: "ResourceNotFound",
            mending: .otherwise("another account, which the stage plays by the kind") {
                try await $0.manage(.patch, PlayedAzure.account(), #"{"kind": "StorageV2"}"#)
            }),
        ActedRule(
            id: "SA012", severity: "error", check: ["--for", "copy-destination"],
            prepare: { try await $0.makeForeignBlob() },
            breakIt: { try await $0.change(#""allowedCopyScope": "AAD""#) },
            operation: "copy by URL from another tenant", attempt: { try await $0.copyFromFabrikam() },
            refusal: "CannotVerifyCopySource", mending: .printed),
    ]

    private static let network = [
        ActedRule(
            id: "SA021", severity: "error", check: ["--for", "upload"],
            breakIt: { try await $0.change(#""publicNetworkAccess": "Disabled""#) },
            operation: "upload", attempt: PlayedAzure.upload, refusal: "AuthorizationFailure", mending: .printed),
        ActedRule(
            id: "SA022", severity: "warning", check: ["--for", "upload"],
            breakIt: { try await $0.change(#""publicNetworkAccess": "SecuredByPerimeter""#) },
            operation: "upload", attempt: PlayedAzure.upload, refusal: "AuthorizationFailure",
            mending: .otherwise("leaving the perimeter, of which the stage has no rules") {
                try await $0.change(#""publicNetworkAccess": "Enabled""#)
            }),
        ActedRule(
            id: "SA024", severity: "error", check: ["--for", "upload", "--address", "127.0.0.1"],
            breakIt: { try await $0.change(#""networkAcls": {"defaultAction": "Deny"}"#) },
            operation: "upload", attempt: PlayedAzure.upload, refusal: "AuthorizationFailure", mending: .printed),
        ActedRule(
            id: "SA027", severity: "warning", check: ["--for", "copy-source"], account: "fabrikambackups",
            prepare: { try await $0.makeForeignBlob() },
            breakIt: { try await $0.change(#""networkAcls": {"defaultAction": "Deny"}"#, of: "fabrikambackups") },
            operation: "copy by URL from behind a firewall", attempt: { try await $0.copyFromFabrikam() },
            refusal: "403",
            mending: .otherwise("opening the firewall of the source") {
                try await $0.change(#""networkAcls": {"defaultAction": "Allow"}"#, of: "fabrikambackups")
            }),
    ]

    private static let access = [
        ActedRule(
            id: "SA030", severity: "warning", check: ["--for", "upload"],
            breakIt: { try await $0.change(#""allowBlobPublicAccess": true"#) },
            operation: "opening a container to everybody", attempt: { try await $0.openContainer() },
            refusal: "PublicAccessNotPermitted", mending: .printed, isHarm: true),
        ActedRule(
            id: "SA031", severity: "error", check: ["--for", "upload", "--container", "box"],
            breakIt: { azure in
                try await azure.change(#""allowBlobPublicAccess": true"#)
                try await azure.makeBlob()
                try await azure.manage(.patch, PlayedAzure.box, #"{"properties": {"publicAccess": "Blob"}}"#)
            },
            operation: "reading as nobody",
            attempt: {
                PlayedAzure.refusal(try await $0.send(.get, "/contosobackups/box/blob", ["x-ms-version": "2023-11-03"]))
            },
            refusal: "401", mending: .printed, isHarm: true),
        ActedRule(
            id: "SA032", severity: "error", check: ["--for", "upload", "--credential", "shared-key"],
            breakIt: { try await $0.change(#""allowSharedKeyAccess": false"#) },
            operation: "upload with a key", attempt: { try await $0.uploadWithKey() },
            refusal: "KeyBasedAuthenticationNotPermitted", mending: .printed),
        ActedRule(
            id: "SA033", severity: "warning", check: ["--for", "upload", "--credential", "entra"],
            breakIt: { try await $0.change(#""allowSharedKeyAccess": true"#) },
            operation: "upload with a key", attempt: { try await $0.uploadWithKey() },
            refusal: "KeyBasedAuthenticationNotPermitted", mending: .printed, isHarm: true),
        ActedRule(
            id: "SA034", severity: "error", check: ["--for", "copy-source", "--signature-hours", "48"],
            prepare: { try await $0.makeBlob() },
            breakIt: {
                try await $0.change(#""sasPolicy": {"sasExpirationPeriod": "1.00:00:00", "expirationAction": "Block"}"#)
            },
            operation: "download with a signature of 48 hours", attempt: { try await $0.downloadSigned(forHours: 48) },
            refusal: "AuthenticationFailed",
            mending: .instead(
                "a signature of an hour", check: ["--for", "copy-source", "--signature-hours", "1"]
            ) { try await $0.downloadSigned(forHours: 1) }),
        ActedRule(
            id: "SA036", severity: "warning", check: ["--for", "upload"],
            breakIt: { try await $0.change(#""supportsHttpsTrafficOnly": false"#) },
            operation: "upload without TLS", attempt: PlayedAzure.upload, refusal: "AccountRequiresHttps",
            mending: .printed, isHarm: true),
    ]

    private static let features = [
        ActedRule(
            id: "SA041", severity: "error", check: ["--for", "upload", "--tags"],
            prepare: { try await $0.makeBlob() },
            breakIt: { try await $0.change(#""isHnsEnabled": true"#) },
            operation: "tags on a blob", attempt: { try await $0.tagBlob() },
            refusal: "FeatureNotYetSupportedForHierarchicalNamespaceAccounts",
            mending: .instead("no tags", check: ["--for", "upload"], PlayedAzure.upload)),
        ActedRule(
            id: "SA050", severity: "error", check: ["--for", "upload"],
            breakIt: { try await $0.change(PlayedAzure.customerKey(endingIn: 2020)) },
            operation: "upload", attempt: PlayedAzure.upload, refusal: "KeyVaultEncryptionKeyNotFound",
            mending: .otherwise("a new version of the key") {
                try await $0.change(PlayedAzure.customerKey(endingIn: 2199))
            }),
        ActedRule(
            id: "SA060", severity: "error", check: ["--for", "upload", "--container", "box", "--overwrites"],
            prepare: { try await $0.makeBlob() },
            breakIt: { try await $0.manage(.post, PlayedAzure.box + "/setLegalHold", #"{"tags": ["case42"]}"#) },
            operation: "upload over a blob", attempt: PlayedAzure.upload, refusal: "BlobImmutableDueToPolicy",
            mending: .printed),
        ActedRule(
            id: "SA061", severity: "warning", check: ["--for", "upload", "--container", "box"],
            prepare: { try await $0.makeBlob() },
            breakIt: {
                try await $0.manage(
                    .put, PlayedAzure.box + "/immutabilityPolicies/default",
                    #"{"properties": {"immutabilityPeriodSinceCreationInDays": 30}}"#)
            },
            operation: "upload over a blob", attempt: PlayedAzure.upload, refusal: "BlobImmutableDueToPolicy",
            mending: .otherwise("removing the policy") {
                try await $0.manage(.delete, PlayedAzure.box + "/immutabilityPolicies/default")
            }),
        ActedRule(
            id: "SA063", severity: "note", check: ["--for", "upload", "--container", "box"],
            breakIt: { try await $0.leaseContainer() },
            operation: "removal of the container", attempt: { try await $0.removeContainer() },
            refusal: "LeaseIdMissing", mending: .printed, attemptComesAfter: true, removesItsContainer: true),
        ActedRule(
            id: "SA080", severity: "error", check: ["--for", "upload", "--tier", "Archive"],
            prepare: { try await $0.makeBlob() },
            breakIt: { try await $0.manage(.patch, PlayedAzure.account(), #"{"sku": {"name": "Standard_ZRS"}}"#) },
            operation: "moving a blob to the archive tier", attempt: { try await $0.move(toTier: "Archive") },
            refusal: "400",
            mending: .instead("the tier Cold", check: ["--for", "upload", "--tier", "Cold"]) {
                try await $0.move(toTier: "Cold")
            }, attemptComesAfter: true),
    ]

    private static let rights = [
        ActedRule(
            id: "SA091", severity: "error", check: ["--for", "upload"], checker: .nobody,
            breakIt: { try await $0.letNobodyRead() },
            operation: "upload by somebody with the role Reader",
            attempt: {
                try await $0.tries(["upload", $0.location("box/blob"), "--overwrite"], input: [1], as: .nobody)
            },
            refusal: "AuthorizationPermissionMismatch",
            mending: .filledIn("OBJECT-ID", PlayedAzure.Tenant.contoso.id(41)), attemptComesAfter: true),
        ActedRule(
            id: "SA092", severity: "warning", check: ["--for", "upload"],
            breakIt: {
                try await $0.manage(
                    .put, PlayedAzure.account() + "/providers/Microsoft.Authorization/locks/keep",
                    #"{"properties": {"level": "ReadOnly"}}"#)
            },
            operation: "listing keys", attempt: { try await $0.listKeys() }, refusal: "ScopeLocked", mending: .printed),
        ActedRule(
            id: "SA093", severity: "error", check: ["--for", "upload", "--container", "box"],
            breakIt: { try await $0.manage(.delete, PlayedAzure.box) },
            operation: "upload", attempt: PlayedAzure.upload, refusal: "ContainerNotFound", mending: .printed),
    ]

    /// Why each other rule is not acted out.
    static let notActedOut: [(rules: [String], reason: String)] = [
        (
            ["SA005", "SA006", "SA011", "SA062", "SA081"],
            "says what the account is or may become, and nothing fails for it at once"
        ),
        (
            ["SA010", "SA020", "SA023", "SA040", "SA082", "SA083", "SA084", "SA090"],
            "is of Azure Backup, which the stage does not play"
        ),
        (
            ["SA013"],
            "is of signatures that `check` does not see; the blob service of the stage does refuse them"
        ),
        (["SA025", "SA026"], "is of private networks, which the stage does not have"),
        (["SA035"], "is of a key's age, which Azure only reports"),
        (["SA037"], "is of versions of TLS, of which the stage speaks only what is safe"),
        (["SA051"], "is of encryption scopes, which the stage does not have"),
        (["SA070", "SA071", "SA072", "SA073"], "is of deleted and earlier blobs, which the stage does not keep"),
    ]
}
