import AzureIdentity
import AzureManagement
import CryptoDigests
import Diagnostics
import FoundationEssentials
import HTTPListener
import HTTPMessages
import Synchronization

/// A storage account in the resource manager.
extension AzureStage {
    func account(
        _ name: String, _ path: ManagementPath, _ request: StageRequest, _ caller: ManagementCaller
    ) async throws -> Reply {
        let found = state.withLock { $0.accounts[name] }
        guard let found, found.subscription == path.subscription?.lowercased(),
            path.group?.lowercased() == found.group.lowercased()
        else {
            throw StageFailure(
                404, "ResourceNotFound",
                "The Resource 'Microsoft.Storage/storageAccounts/\(name)' under resource group "
                    + "'\(path.group ?? "")' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
            )
        }
        let rest = path.inAccount
        switch (request.method, rest.first) {
        case (_, .some("blobservices")): return try await blobService(of: found, rest, request, caller)
        case ("GET", nil):
            try require("Microsoft.Storage/storageAccounts/read", of: caller, at: found.id)
            return .json(200, document(of: found, for: request))
        case ("PATCH", nil), ("PUT", nil):
            try require("Microsoft.Storage/storageAccounts/write", of: caller, at: found.id)
            try refuseLocked(found.id)
            return try change(found, try request.document(), request)
        case ("POST", .some(let action)) where rest.count == 1:
            return try act(action.lowercased(), on: found, request, caller)
        case (_, nil): throw StageFailure.method(request.method)
        default: throw StageFailure.nothingHere
        }
    }

    private func change(_ account: StageAccount, _ patch: JSONValue, _ request: StageRequest) throws -> Reply {
        let changed = try state.withLock { state throws(StageFailure) -> StageAccount? in
            try state.accounts[account.name]?.change(patch)
            return state.accounts[account.name]
        }
        return .json(200, document(of: changed ?? account, for: request))
    }

    private func act(
        _ action: String, on account: StageAccount, _ request: StageRequest, _ caller: ManagementCaller
    ) throws -> Reply {
        switch action {
        case "listkeys":
            try require("Microsoft.Storage/storageAccounts/listkeys/action", of: caller, at: account.id)
            // A read-only lock refuses every POST, and with it the keys.
            try refuseLocked(account.id)
            return keys(of: account)
        case "regeneratekey":
            try require("Microsoft.Storage/storageAccounts/regeneratekey/action", of: caller, at: account.id)
            try refuseLocked(account.id)
            return try renewKey(of: account, try request.document()["keyName"]?.text ?? "")
        case "revokeuserdelegationkeys":
            try require("Microsoft.Storage/storageAccounts/revokeUserDelegationKeys/action", of: caller, at: account.id)
            let secret = Secret(StageAccount.bytes(4, random))
            state.withLock { $0.accounts[account.name]?.delegationSecret = secret }
            return Reply(status: 200)
        default: throw StageFailure.nothingHere
        }
    }

    private func keys(of account: StageAccount) -> Reply {
        let times = account.document["properties"]?["keyCreationTime"]
        let keys = account.keys.enumerated().map { index, key -> JSONValue in
            let name = "key\(index + 1)"
            return [
                "keyName": .text(name), "permissions": "FULL", "value": .text(key.revealBase64()),
                "creationTime": times?[name] ?? .null,
            ]
        }
        return .json(200, ["keys": .list(keys)])
    }

    private func renewKey(of account: StageAccount, _ name: String) throws -> Reply {
        guard let index = ["key1": 0, "key2": 1][name.lowercased()], index < account.keys.count else {
            throw StageFailure(400, "InvalidValuesForRequestParameters", "The keyName is neither key1 nor key2.")
        }
        let key = try SharedKey(account: account.name, base64Key: StageAccount.key(random))
        let now = StageTime.text(clock())
        let changed = try state.withLock { state throws(StageFailure) -> StageAccount? in
            state.accounts[account.name]?.keys[index] = key
            try state.accounts[account.name]?.change(
                ["properties": ["keyCreationTime": .object([name.lowercased(): .text(now)])]])
            return state.accounts[account.name]
        }
        return keys(of: changed ?? account)
    }

    // MARK: - As it is shown

    /// The account with the addresses at which this client reaches its blobs, unless others were given.
    func document(of account: StageAccount, for request: StageRequest) -> JSONValue {
        var document = account.document
        guard account.model.kind != "FileStorage" else { return document }
        var properties = document["properties"] ?? .object([:])
        if properties["primaryEndpoints"] == nil {
            properties["primaryEndpoints"] = ["blob": .text("\(request.base)/\(account.name)/")]
        }
        let isReadable = account.model.sku?.name?.text.lowercased().contains("_ra") == true
        if isReadable, properties["secondaryEndpoints"] == nil {
            properties["secondaryEndpoints"] = ["blob": .text("\(request.base)/\(account.name)-secondary/")]
        }
        document["properties"] = properties
        return document
    }
}
