extension AccountRule {
    /// SA090 to SA093: who may do what, and whether there is a container to do it in.
    static let rightsRules = [
        AccountRule(
            "SA090", "role assignments of the vault", [.restoreTarget],
            needs: "Storage Blob Data Contributor for the vault's identity, on the container or above",
            else: "the restore ends with UserErrorContainerNotAccessible"
        ) { situation, _ in vaultRole(in: situation) },
        AccountRule(
            "SA091", "role assignments of the caller", .ours, needs: "the actions that the job takes",
            else: "requests of the caller are refused with 403"
        ) { situation, job in
            guard situation.credential != .sharedKey else { return .holds }
            guard let grants = situation.permissions else {
                return .undecided("the caller's permissions are not known")
            }
            let missing = job.neededActions(tags: situation.wantsTags).filter { action in
                !action.contains { one in grants.contains { $0.allows(one) } }
            }
            guard !missing.isEmpty else { return .holds }
            let role: BlobRole = job == .upload || job == .copyDestination ? .dataContributor : .dataReader
            return .broken(
                .error, found: "missing: " + missing.compactMap(\.first?.name).joined(separator: ", "),
                Remedy(
                    "Give the caller the role; it takes up to ten minutes until it counts.",
                    command: AzCommand(situation).assign(situation.wantsTags ? .dataOwner : role, to: nil)))
        },
        AccountRule(
            "SA092", "locks", .every, needs: "no ReadOnly lock",
            else: "a ReadOnly lock keeps keys from being listed and the account from being changed"
        ) { situation, job in
            guard job == .restoreTarget || job == .upload || situation.mayUseKeys else { return .holds }
            guard let locks = situation.locks else { return .undecided("the locks are not known") }
            guard let lock = locks.first(where: { $0.level == "ReadOnly" }) else { return .holds }
            let which =
                lock.id.map { "--ids \(AzCommand.quoted($0))" } ?? "--name \(AzCommand.quoted(lock.name ?? "LOCK"))"
            return .broken(
                .warning, found: lock.name ?? "a ReadOnly lock",
                Remedy("Remove the lock, if its owner agrees.", command: "az lock delete \(which)"))
        },
        AccountRule(
            "SA093", "container", .every, needs: "a container of that name", else: "there is nothing to read or write"
        ) { situation, _ in
            switch situation.container {
            case .found: return .holds
            case .unknown: return .undecided("the container is not known")
            case .missing(let name):
                return .broken(
                    .error, found: "no container `\(name)`",
                    Remedy(
                        "Make the container.",
                        command: AzCommand(situation).inAccount(
                            "az storage container create", "--name \(AzCommand.quoted(name)) --auth-mode login",
                            needsGroup: false)))
            }
        },
    ]

    private static func vaultRole(in situation: AccountSituation) -> Verdict {
        guard let principal = situation.vault.principal else {
            return .undecided("the vault's identity is not known")
        }
        guard let assignments = situation.assignments else { return .undecided("the role assignments are not known") }
        let fitting = assignments.filter { $0.grants?.contains { $0.allows(.writeBlobs) } == true }
        if fitting.contains(where: { $0.condition == nil }) { return .holds }
        let remedy = Remedy(
            "Give the vault's identity the role; it takes up to ten minutes until it counts.",
            command: AzCommand(situation).assign(.dataContributor, to: principal))
        guard fitting.isEmpty else { return .broken(.warning, found: "the right, under a condition", remedy) }
        let unknown = assignments.filter { $0.grants == nil }.count
        guard unknown == 0 else {
            return .broken(.warning, found: "\(unknown) roles whose rights are not known", remedy)
        }
        return .broken(
            .error, found: assignments.isEmpty ? "no role" : "\(assignments.count) roles without the right", remedy)
    }
}

extension AccountJob {
    /// What the caller has to be allowed; of each inner list one is enough.
    fileprivate func neededActions(tags: Bool) -> [[StorageAction]] {
        let needed: [[StorageAction]] =
            switch self {
            case .restoreTarget: []
            case .upload: [[.writeBlobs], [.readContainers]]
            case .download, .copySource: [[.readBlobs], [.readContainers]]
            case .copyDestination: [[.writeBlobs, .addBlobs]]
            }
        return tags && (self == .upload || self == .copyDestination) ? needed + [[.writeTags]] : needed
    }
}
