extension AccountRule {
    /// SA010 to SA013: what may come from and go to other tenants.
    ///
    /// Two switches are often taken for one. `allowCrossTenantReplication` is of object replication, and Azure Backup
    /// asks for it; `allowedCopyScope` is of copies by URL.
    static let tenantRules = [
        AccountRule(
            "SA010", "allowCrossTenantReplication", [.restoreTarget], needs: "true",
            else: "a vaulted backup is copied in from a tenant of Microsoft, and the restore fails without this"
        ) { situation, _ in
            let account = situation.account
            let found = account.shown(account.allowCrossTenantReplication, dependsOnCreation: true)
            let remedy = Remedy(
                "Switch it on for the restore, and back afterwards.",
                command: AzCommand(situation).update("--allow-cross-tenant-replication true"))
            switch account.replicatesAcrossTenants {
            case true: return .holds
            case false: return .broken(.error, found: found, remedy)
            case nil: return .broken(.warning, found: found, remedy)
            }
        },
        AccountRule(
            "SA011", "allowCrossTenantReplication", .ours, needs: "false, where it is not used",
            else: "somebody who may change the account can replicate its blobs to another tenant"
        ) { situation, _ in
            let account = situation.account
            guard account.replicatesAcrossTenants == true else { return .holds }
            return .broken(
                .note, found: account.shown(account.allowCrossTenantReplication, dependsOnCreation: true),
                Remedy(
                    "Switch it off unless object replication or Azure Backup needs it.",
                    command: AzCommand(situation).update("--allow-cross-tenant-replication false")))
        },
        AccountRule(
            "SA012", "allowedCopyScope", [.copyDestination, .restoreTarget],
            needs: "null, which lets copies in from anywhere",
            else: "copies from elsewhere are refused with 403 when they are made"
        ) { situation, job in
            guard let scope = situation.account.allowedCopyScope, scope == "AAD" || scope == "PrivateLink" else {
                return .holds
            }
            return .broken(
                job == .copyDestination ? .error : .warning, found: scope.text,
                Remedy(
                    "Take the restriction away for the copy, or stream through the gateway.",
                    command: AzCommand(situation).patch("\"allowedCopyScope\": null")))
        },
        AccountRule(
            "SA013", "allowCrossTenantDelegationSas", [.copySource],
            needs: "true, where a delegated signature is bound to somebody of another tenant",
            else: "such a signature is refused"
        ) { situation, _ in
            guard situation.account.allowCrossTenantDelegationSas != true else { return .holds }
            return .broken(
                situation.hasForeignDelegation ? .error : .note,
                found: situation.account.shown(situation.account.allowCrossTenantDelegationSas),
                Remedy(
                    "Use a delegated signature that is bound to nobody, or a token for the source; or allow it.",
                    command: AzCommand(situation).patch("\"allowCrossTenantDelegationSas\": true")))
        },
    ]
}
