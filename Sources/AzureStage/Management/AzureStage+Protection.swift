import BlobStorage
import FoundationEssentials
import HTTPListener
import HTTPMessages
import Synchronization

/// Legal holds and immutability policies of containers.
extension AzureStage {
    func protect(
        _ name: ContainerName, of account: StageAccount, _ scope: String, _ rest: [String], _ request: StageRequest,
        _ caller: ManagementCaller, _ store: any BlobAccount
    ) async throws -> Reply {
        let action = "Microsoft.Storage/storageAccounts/blobServices/containers/"
        let words = rest.map { $0.lowercased() }
        switch (request.method, words) {
        case ("POST", ["setlegalhold"]), ("POST", ["clearlegalhold"]):
            try require(action + words[0] + "/action", of: caller, at: scope)
            return try hold(name, of: account, request, isSetting: words[0] == "setlegalhold")
        case ("GET", ["immutabilitypolicies", "default"]):
            try require(action + "immutabilityPolicies/read", of: caller, at: scope)
            return .json(200, policy(of: name, account, scope))
        case ("PUT", ["immutabilitypolicies", "default"]):
            try require(action + "immutabilityPolicies/write", of: caller, at: scope)
            try setPolicy(of: name, account, try request.document()["properties"] ?? .object([:]))
            return .json(200, policy(of: name, account, scope))
        case ("DELETE", ["immutabilitypolicies", "default"]):
            try require(action + "immutabilityPolicies/delete", of: caller, at: scope)
            try change(name, of: account) { container throws(StageFailure) in
                guard !container.isLocked else { throw Self.lockedPolicy }
                container.days = nil
            }
            return .json(200, policy(of: name, account, scope))
        case ("POST", ["immutabilitypolicies", "default", "lock"]):
            try require(action + "immutabilityPolicies/lock/action", of: caller, at: scope)
            try change(name, of: account) { container throws(StageFailure) in
                guard container.days != nil else {
                    throw StageFailure(404, "ImmutabilityPolicyNotFound", "There is no immutability policy to lock.")
                }
                container.isLocked = true
            }
            return .json(200, policy(of: name, account, scope))
        default: throw StageFailure.nothingHere
        }
    }

    private static let lockedPolicy = StageFailure(
        409, "ImmutabilityPolicyLocked", "The immutability policy is locked: it can only be made longer.")

    private func change(
        _ name: ContainerName, of account: StageAccount,
        _ body: (inout StageAccount.Container) throws(StageFailure) -> Void
    ) throws(StageFailure) {
        try state.withLock { state throws(StageFailure) in
            var container = state.accounts[account.name]?.containers[name.text] ?? StageAccount.Container()
            try body(&container)
            state.accounts[account.name]?.containers[name.text] = container
        }
    }

    private func hold(
        _ name: ContainerName, of account: StageAccount, _ request: StageRequest, isSetting: Bool
    ) throws -> Reply {
        let tags = (try request.document()["tags"]?.list ?? []).compactMap { $0.text?.lowercased() }
        guard (1...10).contains(tags.count),
            tags.allSatisfy({ (3...23).contains($0.utf8.count) && $0.utf8.allSatisfy(Self.isLetterOrDigit) })
        else {
            throw StageFailure(400, "InvalidRequestPropertyValue", "A tag has 3 to 23 letters and digits.")
        }
        try change(name, of: account) { container throws(StageFailure) in
            container.holds.removeAll { tags.contains($0) }
            if isSetting { container.holds += tags }
            guard container.holds.count <= 10 else {
                throw StageFailure(409, "LegalHoldTagsExceeded", "A container has at most ten legal holds.")
            }
        }
        let holds = state.withLock { $0.accounts[account.name]?.containers[name.text]?.holds } ?? []
        return .json(
            200, ["hasLegalHold": .bool(!holds.isEmpty), "tags": .list(holds.map { .text($0) })])
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...122).contains(byte)
    }

    private func setPolicy(
        of name: ContainerName, _ account: StageAccount, _ wanted: JSONValue
    ) throws(StageFailure) {
        guard let days = wanted["immutabilityPeriodSinceCreationInDays"]?.int, (1...146_000).contains(days) else {
            throw StageFailure(
                400, "InvalidRequestPropertyValue",
                "immutabilityPeriodSinceCreationInDays is a number from 1 to 146000.")
        }
        try change(name, of: account) { container throws(StageFailure) in
            guard !container.isLocked || days >= container.days ?? 0 else { throw Self.lockedPolicy }
            container.days = days
            container.allowsAppending =
                wanted["allowProtectedAppendWrites"]?.bool ?? wanted["allowProtectedAppendWritesAll"]?.bool ?? false
        }
    }

    private func policy(of name: ContainerName, _ account: StageAccount, _ scope: String) -> JSONValue {
        let kept = state.withLock { $0.accounts[account.name]?.containers[name.text] }
        return [
            "id": .text(scope + "/immutabilityPolicies/default"), "name": "default",
            "type": "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies",
            "etag": "\"1\"",
            "properties": [
                "immutabilityPeriodSinceCreationInDays": .number(Double(kept?.days ?? 0)),
                "state": kept?.days == nil ? "Deleted" : kept?.isLocked == true ? "Locked" : "Unlocked",
                "allowProtectedAppendWrites": .bool(kept?.allowsAppending ?? false),
            ],
        ]
    }

    // MARK: - As it is shown

    static func document(of found: ContainerProperties, in account: StageAccount) -> JSONValue {
        let kept = account.containers[found.name.text] ?? StageAccount.Container()
        let access =
            switch found.access.publicAccess {
            case .nothing: "None"
            case .blobs: "Blob"
            case .container: "Container"
            }
        var properties: JSONValue = [
            "publicAccess": .text(access), "lastModifiedTime": .text(StageTime.text(found.lastModified)),
            "leaseStatus": found.lease == nil ? "Unlocked" : "Locked",
            "leaseState": found.lease == nil ? "Available" : "Leased",
            "hasLegalHold": .bool(!kept.holds.isEmpty), "hasImmutabilityPolicy": .bool(kept.days != nil),
            "defaultEncryptionScope": "$account-encryption-key", "denyEncryptionScopeOverride": false,
            "metadata": .object(found.metadata.mapValues { .text($0) }),
        ]
        if !kept.holds.isEmpty {
            properties["legalHold"] = [
                "hasLegalHold": true, "tags": .list(kept.holds.map { ["tag": .text($0)] }),
            ]
        }
        if let days = kept.days {
            properties["immutabilityPolicy"] = [
                "properties": [
                    "immutabilityPeriodSinceCreationInDays": .number(Double(days)),
                    "state": kept.isLocked ? "Locked" : "Unlocked",
                    "allowProtectedAppendWrites": .bool(kept.allowsAppending),
                ]
            ]
        }
        return [
            "id": .text(account.id + "/blobServices/default/containers/" + found.name.text),
            "name": .text(found.name.text), "type": "Microsoft.Storage/storageAccounts/blobServices/containers",
            "etag": .text(found.tag.text), "properties": properties.merged(with: kept.properties),
        ]
    }
}
