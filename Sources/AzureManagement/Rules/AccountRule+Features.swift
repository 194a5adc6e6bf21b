import FoundationEssentials

extension AccountRule {
    /// SA040 to SA063: features of the account and the container that change what writing means.
    static let featureRules = [
        AccountRule(
            "SA040", "isHnsEnabled", [.restoreTarget], needs: "false",
            else: "with a hierarchical namespace names are paths, and tags and versions are missing; Azure documents a "
                + "plain blob container as the target"
        ) { situation, _ in
            guard situation.account.isHnsEnabled == true else { return .holds }
            return .broken(.warning, found: "true", Remedy("Use an account without a hierarchical namespace."))
        },
        AccountRule(
            "SA041", "isHnsEnabled", [.upload, .copyDestination],
            needs: "false, where tags, versions or immutable versions are wanted",
            else: "the hierarchical namespace does not have the feature"
        ) { situation, _ in
            guard situation.account.isHnsEnabled == true, situation.wantsTags || situation.wantsVersionImmutability
            else { return .holds }
            return .broken(
                .error, found: "true", Remedy("Do without the feature, or use an account without the namespace."))
        },
        AccountRule(
            "SA050", "encryption.keySource", .every, needs: "a key that has not expired, where it is the customer's",
            else: "without the key the account cannot be read: 403"
        ) { situation, _ in customerKey(in: situation) },
        AccountRule(
            "SA051", "container.denyEncryptionScopeOverride", [.upload, .copyDestination],
            needs: "the container's encryption scope, or none", else: "another encryption scope is refused"
        ) { situation, _ in
            guard let wanted = situation.encryptionScope else { return .holds }
            guard let container = situation.foundContainer else { return .undecided("the container is not known") }
            let own = container.defaultEncryptionScope ?? "$account-encryption-key"
            guard container.denyEncryptionScopeOverride == true, own != wanted else { return .holds }
            return .broken(.error, found: "\(own), and no other", Remedy("Ask for no encryption scope."))
        },
        AccountRule(
            "SA060", "container.hasLegalHold", [.restoreTarget, .upload, .copyDestination],
            needs: "false, where blobs are replaced or removed", else: "no blob can be replaced or removed: 409"
        ) { situation, _ in
            guard let container = situation.foundContainer else { return .undecided("the container is not known") }
            guard container.hasLegalHold == true else { return .holds }
            let tags = container.legalHolds.isEmpty ? ["TAG"] : container.legalHolds
            let options =
                "--container-name \(AzCommand.quoted(container.name ?? "CONTAINER")) --tags "
                + tags.map(AzCommand.quoted).joined(separator: " ")
            return .broken(
                situation.overwrites ? .error : .warning,
                found: container.legalHolds.isEmpty ? "true" : container.legalHolds.joined(separator: ", "),
                Remedy(
                    "Use another container; clear the hold only if its owner agrees.",
                    command: AzCommand(situation).inAccount("az storage container legal-hold clear", options)))
        },
        AccountRule(
            "SA061", "container.immutabilityPolicy", [.restoreTarget, .upload],
            needs: "no more days than what is written must stay",
            else: "blobs can neither be replaced nor removed before the time is over"
        ) { situation, _ in
            guard let container = situation.foundContainer else { return .undecided("the container is not known") }
            guard let policy = container.immutabilityPolicy, let days = policy.days, days > 0 else { return .holds }
            if let planned = situation.retentionDays, days <= planned { return .holds }
            let isLocked = policy.state == "Locked"
            return .broken(
                .warning, found: "\(days) days, \(policy.state?.text ?? "Unlocked")",
                isLocked
                    ? Remedy("Use another container for what must go earlier: a locked policy can only be lengthened.")
                    : Remedy(
                        "Shorten or remove the policy, or keep what is written for that long.",
                        command: AzCommand(situation).inAccount(
                            "az storage container immutability-policy show",
                            "--container-name \(AzCommand.quoted(container.name ?? "CONTAINER"))")))
        },
        AccountRule(
            "SA062", "immutableStorageWithVersioning", [.upload], needs: "off, or wanted",
            else: "each version of a blob can be given a time in which it stays"
        ) { situation, _ in
            let account = situation.account.immutableStorageWithVersioning?.enabled == true
            let container = situation.foundContainer?.immutableStorageWithVersioning?.enabled == true
            guard account || container else { return .holds }
            return .broken(
                .note, found: account ? "on, for the account" : "on, for the container",
                Remedy("Nothing needs to be done."))
        },
        AccountRule(
            "SA063", "container.leaseState", [.upload], needs: "available, where the container is to be removed",
            else: "the container cannot be removed while somebody holds its lease"
        ) { situation, _ in
            guard let container = situation.foundContainer else { return .undecided("the container is not known") }
            guard let state = container.leaseState, state == "Leased" || state == "Breaking" else { return .holds }
            return .broken(
                .note, found: state.text,
                Remedy(
                    "Break the lease if its holder has gone.",
                    command: AzCommand(situation).inAccount(
                        "az storage container lease break",
                        "--container-name \(AzCommand.quoted(container.name ?? "CONTAINER"))", needsGroup: false)))
        },
    ]

    /// A key that ends within this many days is warned about.
    private static let keyNoticeDays = 30.0

    private static func customerKey(in situation: AccountSituation) -> Verdict {
        let encryption = situation.account.encryption
        guard encryption?.keySource == "Microsoft.Keyvault" else { return .holds }
        guard let end = encryption?.keyVaultProperties?.currentVersionedKeyExpirationTimestamp?.date else {
            return .holds
        }
        let left = end.timeIntervalSince(situation.now) / 86400
        guard left < keyNoticeDays else { return .holds }
        let remedy = Remedy(
            "Make a new version of the key in its vault, then let the account take it.",
            command: AzCommand(situation).update("--encryption-key-source Microsoft.Keyvault"))
        let when = end.formatted(.iso8601)
        return left <= 0
            ? .broken(.error, found: "the key expired on \(when)", remedy)
            : .broken(.warning, found: "the key expires on \(when)", remedy)
    }
}
