import AzureManagement
import BlobStorage
import FoundationEssentials
import HTTPListener
import HTTPMessages
import Synchronization

/// The blob service of an account and its containers, in the resource manager.
extension AzureStage {
    func blobService(
        of account: StageAccount, _ rest: [String], _ request: StageRequest, _ caller: ManagementCaller
    ) async throws -> Reply {
        let id = account.id + "/blobServices/default"
        let service = "Microsoft.Storage/storageAccounts/blobServices/"
        guard rest.count >= 2, rest[1].lowercased() == "default" else { throw StageFailure.nothingHere }
        switch (request.method, rest.count) {
        case ("GET", 2):
            try require(service + "read", of: caller, at: account.id)
            return .json(200, Self.serviceDocument(account, id))
        case ("PUT", 2), ("PATCH", 2):
            try require(service + "write", of: caller, at: account.id)
            try refuseLocked(account.id)
            let patch = try request.document()["properties"] ?? .object([:])
            let changed = state.withLock { state -> StageAccount? in
                guard var account = state.accounts[account.name] else { return nil }
                account.blobService = account.blobService.merged(with: patch)
                state.accounts[account.name] = account
                return account
            }
            return .json(200, Self.serviceDocument(changed ?? account, id))
        case ("GET", 3) where rest[2] == "containers":
            try require(service + "containers/read", of: caller, at: account.id)
            return try await list(account, id)
        case (_, 4...) where rest[2] == "containers":
            return try await container(rest[3], of: account, Array(rest.dropFirst(4)), request, caller)
        case (_, 2), (_, 3): throw StageFailure.method(request.method)
        default: throw StageFailure.nothingHere
        }
    }

    private static func serviceDocument(_ account: StageAccount, _ id: String) -> JSONValue {
        let defaults: JSONValue = [
            "cors": ["corsRules": []], "deleteRetentionPolicy": ["allowPermanentDelete": false, "enabled": false],
        ]
        return [
            "id": .text(id), "name": "default", "type": "Microsoft.Storage/storageAccounts/blobServices",
            "sku": account.document["sku"] ?? .null, "properties": defaults.merged(with: account.blobService),
        ]
    }

    private func list(_ account: StageAccount, _ id: String) async throws -> Reply {
        guard let store = store(of: account.name) else { return .json(200, ["value": []]) }
        var documents: [JSONValue] = []
        var marker: String?
        repeat {
            let page = try await store.containers(prefix: "", marker: marker, limit: 1000)
            documents += page.containers.map { Self.document(of: $0, in: account) }
            marker = page.next
        } while marker != nil && documents.count < 100_000
        return .json(200, ["value": .list(documents)])
    }

    private func container(
        _ text: String, of account: StageAccount, _ rest: [String], _ request: StageRequest,
        _ caller: ManagementCaller
    ) async throws -> Reply {
        guard let name = try? ContainerName(text), let store = store(of: account.name) else {
            throw StageFailure(400, "InvalidResourceName", "The name of the container is not valid.")
        }
        let scope = account.id + "/blobServices/default/containers/" + text
        let action = "Microsoft.Storage/storageAccounts/blobServices/containers/"
        switch (request.method, rest.map { $0.lowercased() }) {
        case ("GET", []):
            try require(action + "read", of: caller, at: scope)
            return try await shown(name, in: account, store)
        case ("PUT", []), ("PATCH", []):
            try require(action + "write", of: caller, at: scope)
            try refuseLocked(scope)
            return try await write(name, in: account, store, request)
        case ("DELETE", []):
            try require(action + "delete", of: caller, at: scope)
            try refuseLocked(scope, forDeletion: true)
            return try await delete(name, in: account, store)
        default:
            _ = try await properties(of: name, store)
            return try await protect(name, of: account, scope, rest, request, caller, store)
        }
    }

    func properties(of name: ContainerName, _ store: any BlobAccount) async throws -> ContainerProperties {
        do {
            return try await store.store(of: name).containerProperties()
        } catch let error as BlobStoreError where error.kind == .containerNotFound {
            throw StageFailure(404, "ContainerNotFound", "The specified container does not exist.")
        }
    }

    func shown(
        _ name: ContainerName, in account: StageAccount, _ store: any BlobAccount, status: Int = 200
    ) async throws -> Reply {
        let found = try await properties(of: name, store)
        let current = state.withLock { $0.accounts[account.name] } ?? account
        return .json(status, Self.document(of: found, in: current))
    }

    private func write(
        _ name: ContainerName, in account: StageAccount, _ store: any BlobAccount, _ request: StageRequest
    ) async throws -> Reply {
        let wanted = try request.document()["properties"] ?? .object([:])
        var status = 200
        do {
            _ = try await store.store(of: name).containerProperties()
        } catch let error as BlobStoreError where error.kind == .containerNotFound {
            guard request.method == "PUT" else {
                throw StageFailure(404, "ContainerNotFound", "The specified container does not exist.")
            }
            _ = try await store.create(name, metadata: [:])
            state.withLock { $0.accounts[account.name]?.containers[name.text] = nil }
            status = 201
        }
        if let access = wanted["publicAccess"]?.text { try await open(name, of: account, store, access) }
        state.withLock { state in
            var kept = state.accounts[account.name]?.containers[name.text] ?? StageAccount.Container()
            for field in ["defaultEncryptionScope", "denyEncryptionScopeOverride"] {
                if let value = wanted[field] { kept.properties[field] = value }
            }
            state.accounts[account.name]?.containers[name.text] = kept
        }
        return try await shown(name, in: account, store, status: status)
    }

    private func open(
        _ name: ContainerName, of account: StageAccount, _ store: any BlobAccount, _ text: String
    ) async throws {
        let access: ContainerAccess.Public
        switch text.lowercased() {
        case "none": access = .nothing
        case "blob": access = .blobs
        case "container": access = .container
        default:
            throw StageFailure(400, "InvalidRequestPropertyValue", "publicAccess is none of None, Blob, Container.")
        }
        guard access == .nothing || account.model.admitsPublicContainers == true else {
            throw StageFailure(
                409, "PublicAccessNotPermitted", "Public access is not permitted on this storage account.")
        }
        guard let container = store.store(of: name) as? any ManagedContainer else {
            throw StageFailure(501, "NotImplemented", "This store has no access of containers.")
        }
        let policies = try await container.containerProperties().access.policies
        _ = try await container.setAccess(ContainerAccess(publicAccess: access, policies: policies), if: .always)
    }

    private func delete(
        _ name: ContainerName, in account: StageAccount, _ store: any BlobAccount
    ) async throws -> Reply {
        let kept = state.withLock { $0.accounts[account.name]?.containers[name.text] }
        guard kept?.holds.isEmpty ?? true, kept?.days == nil else {
            throw StageFailure(
                409, "ContainerProtectedFromDeletion",
                "The container has a legal hold or an immutability policy, which keeps it from being deleted.")
        }
        do {
            try await store.delete(name, if: .always)
        } catch let error as BlobStoreError where error.kind == .containerNotFound {
            return Reply(status: 204)
        }
        state.withLock { $0.accounts[account.name]?.containers[name.text] = nil }
        return Reply(status: 200)
    }
}
