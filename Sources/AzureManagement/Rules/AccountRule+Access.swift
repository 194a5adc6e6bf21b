import FoundationEssentials

extension AccountRule {
    /// SA030 to SA037: how callers show who they are, and over what.
    static let accessRules = [
        AccountRule(
            "SA030", "allowBlobPublicAccess", .every, needs: "false",
            else: "somebody who may change a container can open it to everybody"
        ) { situation, _ in
            let account = situation.account
            guard account.admitsPublicContainers == true else { return .holds }
            return .broken(
                .warning, found: account.shown(account.allowBlobPublicAccess, dependsOnCreation: true),
                Remedy(
                    "Forbid it for the whole account.",
                    command: AzCommand(situation).update("--allow-blob-public-access false")))
        },
        AccountRule(
            "SA031", "container.publicAccess", [.restoreTarget, .upload, .copyDestination], needs: "None",
            else: "everybody could read the backups"
        ) { situation, _ in
            guard let container = situation.foundContainer else { return .undecided("the container is not known") }
            guard let access = container.publicAccess, access != "None" else { return .holds }
            let name = AzCommand.quoted(container.name ?? "CONTAINER")
            return .broken(
                .error, found: access.text,
                Remedy(
                    "Close the container.",
                    command: AzCommand(situation).inAccount(
                        "az storage container set-permission", "--name \(name) --public-access off", needsGroup: false))
            )
        },
        AccountRule(
            "SA032", "allowSharedKeyAccess", .every,
            needs: "true or null, where a key or a signature made with one is used",
            else: "account keys and signatures made with them are refused with 403"
        ) { situation, job in
            // The vault comes with an identity of its own.
            guard job != .restoreTarget, situation.mayUseKeys, !situation.account.takesSharedKeys else {
                return .holds
            }
            return .broken(
                situation.credential == .sharedKey ? .error : .warning, found: "false",
                Remedy(
                    "Use an identity of Entra ID, or allow shared keys.",
                    command: AzCommand(situation).update("--allow-shared-key-access true")))
        },
        AccountRule(
            "SA033", "allowSharedKeyAccess", .ours, needs: "false, where everybody uses Entra ID",
            else: "whoever has a key may do everything, and nobody knows who it was"
        ) { situation, _ in
            guard situation.credential == .entra, situation.account.takesSharedKeys else { return .holds }
            let isExplicit = situation.account.allowSharedKeyAccess == true
            return .broken(
                isExplicit ? .warning : .note, found: situation.account.shown(situation.account.allowSharedKeyAccess),
                Remedy(
                    "Switch keys off once nothing uses them.",
                    command: AzCommand(situation).update("--allow-shared-key-access false")))
        },
        AccountRule(
            "SA034", "sasPolicy.sasExpirationPeriod", [.copySource, .copyDestination],
            needs: "signatures that end within the period", else: "longer signatures are refused, or logged"
        ) { situation, _ in signatureLife(in: situation) },
        AccountRule(
            "SA035", "keyPolicy.keyExpirationPeriodInDays", .ours, needs: "keys younger than the period",
            else: "a key is overdue for its rotation, and whoever rotates it ends the jobs that use it"
        ) { situation, _ in keyAge(in: situation) },
        AccountRule(
            "SA036", "supportsHttpsTrafficOnly", .every, needs: "true", else: "requests without encryption are served"
        ) { situation, _ in
            let account = situation.account
            guard account.requiresHTTPS == false else { return .holds }
            return .broken(
                .warning, found: account.shown(account.supportsHttpsTrafficOnly, dependsOnCreation: true),
                Remedy("Require HTTPS.", command: AzCommand(situation).update("--https-only true")))
        },
        AccountRule(
            "SA037", "minimumTlsVersion", .every, needs: "TLS1_2", else: "the setting permits TLS below 1.2"
        ) { situation, _ in
            let account = situation.account
            guard account.leastTLS == "TLS1_0" || account.leastTLS == "TLS1_1" else { return .holds }
            return .broken(
                .warning, found: account.minimumTlsVersion?.text ?? "null, which stands for TLS1_0",
                Remedy("Require TLS 1.2.", command: AzCommand(situation).update("--min-tls-version TLS1_2")))
        },
    ]

    private static func signatureLife(in situation: AccountSituation) -> Verdict {
        guard let policy = situation.account.sasPolicy, let text = policy.sasExpirationPeriod else { return .holds }
        let blocks = policy.expirationAction == "Block"
        let found = "\(text), \(policy.expirationAction?.text ?? "Log")"
        guard let period = SignaturePeriod(text) else {
            return .undecided("the period `\(text)` is not DD.HH:MM:SS")
        }
        let remedy = Remedy("Make signatures that live no longer than \(text), or lengthen the period.")
        guard let life = situation.signatureLife else { return .broken(.warning, found: found, remedy) }
        return life <= period.duration ? .holds : .broken(blocks ? .error : .warning, found: found, remedy)
    }

    private static func keyAge(in situation: AccountSituation) -> Verdict {
        let account = situation.account
        guard situation.mayUseKeys, let days = account.keyPolicy?.keyExpirationPeriodInDays else { return .holds }
        let keys = [
            ("key1", "primary", account.keyCreationTime?.key1), ("key2", "secondary", account.keyCreationTime?.key2),
        ]
        for (name, option, time) in keys {
            guard let time else { continue }
            let age = Int(situation.now.timeIntervalSince(time.date) / 86400)
            guard age >= days else { continue }
            return .broken(
                .warning, found: "\(name) is \(age) days old, with a period of \(days)",
                Remedy(
                    "Renew the key, and give the new one to the jobs.",
                    command: AzCommand(situation).inAccount("az storage account keys renew", "--key \(option)")))
        }
        return .holds
    }
}
