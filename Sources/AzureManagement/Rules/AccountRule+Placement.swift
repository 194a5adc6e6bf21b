extension AccountRule {
    /// SA080 to SA084: where the account is.
    static let placementRules = [
        AccountRule(
            "SA080", "sku.name", [.upload], needs: "no zone redundancy, where the archive tier is wanted",
            else: "zone-redundant accounts have no archive tier"
        ) { situation, _ in
            guard situation.tier == "Archive", let sku = situation.account.sku?.name, sku.isZoneRedundant else {
                return .holds
            }
            return .broken(.error, found: sku.text, Remedy("Ask for the tier Cold, or use an account without zones."))
        },
        AccountRule(
            "SA081", "sku.name", [.upload], needs: "a copy in another region, for disasters",
            else: "all copies lie in one region"
        ) { situation, _ in
            guard let sku = situation.account.sku?.name, sku.text.uppercased().hasSuffix("_LRS") else { return .holds }
            return .broken(
                .note, found: sku.text,
                Remedy(
                    "Keep copies in a second region.", command: AzCommand(situation).update("--sku Standard_GRS")))
        },
        AccountRule(
            "SA082", "location", [.restoreTarget], needs: "the vault's region",
            else: "a restore without cross-region restore goes into its own region only"
        ) { situation, _ in
            guard let vault = situation.vault.location else { return .undecided("the vault's region is not known") }
            guard let location = situation.account.location else {
                return .undecided("the account's region is not known")
            }
            guard location.regionKey != vault.regionKey else { return .holds }
            return .broken(.error, found: location, Remedy("Use an account in \(vault)."))
        },
        AccountRule(
            "SA083", "id", [.restoreTarget], needs: "the vault's subscription, or a restore across subscriptions",
            else: "the vault must allow it, and wants the container's resource ID"
        ) { situation, _ in
            guard let vault = situation.vault.subscription else {
                return .undecided("the vault's subscription is not known")
            }
            guard let own = situation.account.id?.subscription else {
                return .undecided("the account's subscription is not known")
            }
            guard own.lowercased() != vault.lowercased() else { return .holds }
            return .broken(
                .warning, found: "subscription \(own), the vault is in \(vault)",
                Remedy(
                    "Allow it at the vault, and give the container's resource ID as the target.",
                    command: "az dataprotection backup-vault update --vault-name VAULT --resource-group GROUP "
                        + "--cross-subscription-restore-state Enabled"))
        },
        AccountRule(
            "SA084", "tenant", [.restoreTarget], needs: "the vault's tenant",
            else: "Azure Backup restores only within the tenant of the vault"
        ) { situation, _ in
            guard let vault = situation.vault.tenant else { return .undecided("the vault's tenant is not known") }
            guard let own = situation.tenant else { return .undecided("the account's tenant is not known") }
            guard own.lowercased() != vault.lowercased() else { return .holds }
            return .broken(
                .error, found: own,
                Remedy("Restore into an account of the vault's tenant, then `penstock copy` to the other one."))
        },
    ]
}

extension ResourceWord {
    /// True for ZRS, GZRS and RAGZRS.
    fileprivate var isZoneRedundant: Bool { text.uppercased().hasSuffix("ZRS") }
}

extension String {
    /// A region's name as it is compared: `West Europe` and `westeurope` are one.
    fileprivate var regionKey: String { lowercased().split(separator: " ").joined() }
}
