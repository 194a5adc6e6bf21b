extension AccountRule {
    /// SA070 to SA073: what still helps after a mistake.
    static let protectionRules = [
        protection(
            "SA070", "deleteRetentionPolicy.enabled", [.upload, .copyDestination], .warning,
            else: "a blob that is removed by mistake is gone",
            remedy: "Switch on soft delete of blobs.", "--enable-delete-retention true --delete-retention-days 14"
        ) { $0.deleteRetentionPolicy?.enabled },
        protection(
            "SA071", "containerDeleteRetentionPolicy.enabled", [.upload], .warning,
            else: "a container that is removed by mistake is gone, with all backups in it",
            remedy: "Switch on soft delete of containers.",
            "--enable-container-delete-retention true --container-delete-retention-days 14"
        ) { $0.containerDeleteRetentionPolicy?.enabled },
        protection(
            "SA072", "isVersioningEnabled", [.upload], .note, else: "what a blob was before it was replaced is gone",
            remedy: "Switch on versioning if that is worth its space.", "--enable-versioning true"
        ) { $0.isVersioningEnabled },
        AccountRule(
            "SA073", "restorePolicy.enabled", [.upload],
            needs: "true, with versioning, the change feed and soft delete for longer",
            else: "the container cannot be brought back to an earlier moment"
        ) { situation, _ in
            guard let service = situation.blobService else { return .undecided("the blob service is not known") }
            let command = AzCommand(situation).inAccount(
                "az storage account blob-service-properties update",
                "--enable-versioning true --enable-change-feed true --enable-delete-retention true "
                    + "--delete-retention-days 14 --enable-restore-policy true --restore-days 7")
            let remedy = Remedy("Switch it on with all it needs, if you want it.", command: command)
            guard service.restorePolicy?.enabled == true else { return .broken(.note, found: "off", remedy) }
            let missing = service.missingForRestore
            guard !missing.isEmpty else { return .holds }
            return .broken(.note, found: "on, but \(missing.joined(separator: ", "))", remedy)
        },
    ]

    private static func protection(
        _ id: String, _ property: String, _ jobs: Set<AccountJob>, _ severity: AccountFinding.Severity,
        else why: String,
        remedy: String, _ options: String, _ value: @escaping @Sendable (BlobService) -> Bool?
    ) -> AccountRule {
        AccountRule(id, property, jobs, needs: "true", else: why) { situation, _ in
            guard let service = situation.blobService else { return .undecided("the blob service is not known") }
            let found = value(service)
            guard found != true else { return .holds }
            let command = AzCommand(situation).inAccount("az storage account blob-service-properties update", options)
            return .broken(severity, found: found.map(String.init) ?? "null", Remedy(remedy, command: command))
        }
    }
}

extension BlobService {
    /// What restoring to a moment needs and does not have.
    fileprivate var missingForRestore: [String] {
        var missing: [String] = []
        if isVersioningEnabled != true { missing.append("versioning is off") }
        if changeFeed?.enabled != true { missing.append("the change feed is off") }
        if deleteRetentionPolicy?.enabled != true {
            missing.append("soft delete is off")
        } else if let kept = deleteRetentionPolicy?.days, let days = restorePolicy?.days, days >= kept {
            missing.append("soft delete keeps \(kept) days and the policy wants more than \(days)")
        }
        return missing
    }
}
