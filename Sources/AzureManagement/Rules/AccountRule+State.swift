extension AccountRule {
    /// SA001 to SA006: whether the account is ready, and what it is.
    static let stateRules = [
        AccountRule(
            "SA001", "provisioningState", .every, needs: "Succeeded", else: "the account is still being provisioned"
        ) { situation, _ in
            guard let state = situation.account.provisioningState, state != "Succeeded" else { return .holds }
            return .broken(.error, found: state.text, Remedy("Wait until it is `Succeeded`, then check again."))
        },
        AccountRule(
            "SA002", "statusOfPrimary", .every, needs: "available", else: "the primary region does not answer"
        ) { situation, job in
            let account = situation.account
            guard let status = account.statusOfPrimary, status != "available" else { return .holds }
            let failover = AzCommand(situation).line("az storage account failover")
            if job == .download, account.statusOfSecondary == "available", let blob = account.secondaryEndpoints?.blob {
                return .broken(
                    .warning, found: status.text, Remedy("Read from the secondary region at \(blob), or wait."))
            }
            return .broken(
                .error, found: status.text,
                Remedy("Wait for the region, or fail over to the other one.", command: failover))
        },
        AccountRule(
            "SA003", "failoverInProgress, accountMigrationInProgress", [.restoreTarget, .copyDestination, .upload],
            needs: "false", else: "the account is changing its region or its redundancy"
        ) { situation, _ in
            let account = situation.account
            let going = [
                account.failoverInProgress == true ? "failoverInProgress" : nil,
                account.accountMigrationInProgress == true ? "accountMigrationInProgress" : nil,
            ].compactMap(\.self)
            guard !going.isEmpty else { return .holds }
            return .broken(
                .error, found: going.joined(separator: " and "), Remedy("Wait until the change is done."))
        },
        AccountRule(
            "SA004", "kind", .every, needs: "a kind that has block blobs", else: "the account has no block blobs"
        ) { situation, _ in
            guard situation.account.kind == "FileStorage" else { return .holds }
            return .broken(
                .error, found: "FileStorage",
                Remedy(
                    "Use another account, of kind StorageV2.",
                    command: "az storage account create --kind StorageV2 --name NAME --resource-group GROUP"))
        },
        AccountRule(
            "SA005", "kind", .every, needs: "StorageV2, or BlockBlobStorage",
            else: "the legacy kind lacks features, such as tiers or versioning, and is being retired"
        ) { situation, _ in
            guard let kind = situation.account.kind, kind == "Storage" || kind == "BlobStorage" else { return .holds }
            return .broken(
                .warning, found: kind.text,
                Remedy(
                    "Upgrade the account; that cannot be undone.",
                    command: AzCommand(situation).update("--set kind=StorageV2 --access-tier Hot")))
        },
        AccountRule(
            "SA006", "sku.name", [.upload], needs: "Standard, where tiers are wanted",
            else: "premium accounts have no access tiers"
        ) { situation, _ in
            let account = situation.account
            guard account.kind == "BlockBlobStorage" || account.sku?.tier == "Premium" else { return .holds }
            let found = [account.kind?.text, account.sku?.name?.text].compactMap(\.self).joined(separator: ", ")
            return .broken(.note, found: found, Remedy("Ask for no tier, or use a standard account."))
        },
    ]
}
