import FoundationEssentials
import HTTPListener
import HTTPMessages
import Synchronization

/// The resource manager: where a request goes.
extension AzureStage {
    func answerManagement(_ request: StageRequest) async throws -> Reply {
        guard let version = request.parameter("api-version"), !version.isEmpty else {
            throw StageFailure(
                400, "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.")
        }
        guard Self.isVersion(version) else {
            throw StageFailure(
                400, "InvalidApiVersionParameter", "The api-version '\(version.prefix(32))' is invalid.")
        }
        switch (request.method, request.segments.map { $0.lowercased() }) {
        case ("GET", ["tenants"]): return try tenants(request)
        case ("GET", ["subscriptions"]): return try subscriptions(request)
        default: break
        }
        guard let path = ManagementPath(request.segments) else { throw StageFailure.nothingHere }
        guard let name = path.subscription else { throw StageFailure.nothingHere }
        guard let subscription = state.withLock({ $0.subscriptions[name.lowercased()] }) else {
            throw StageFailure(
                404, "SubscriptionNotFound", "The subscription '\(name)' could not be found.")
        }
        let caller = try caller(of: request, in: subscription)
        if let wanted = path.authorization {
            return try authorization(wanted, at: path.scope, request, caller, subscription)
        }
        if let account = path.account { return try await self.account(account, path, request, caller) }
        return try overview(path, request, caller, subscription)
    }

    /// Such as `2023-05-01`, with what may follow: `-preview`.
    private static func isVersion(_ text: String) -> Bool {
        let parts = text.split(separator: "-", maxSplits: 3, omittingEmptySubsequences: false)
        return parts.count >= 3 && parts.prefix(3).map(\.utf8.count) == [4, 2, 2]
            && parts.prefix(3).allSatisfy { $0.utf8.allSatisfy { (48...57).contains($0) } }
    }

    // MARK: - Lists

    private func tenants(_ request: StageRequest) throws -> Reply {
        let caller = try caller(of: request)
        return .json(200, ["value": [["id": .text("/tenants/\(caller.tenant)"), "tenantId": .text(caller.tenant)]]])
    }

    private func subscriptions(_ request: StageRequest) throws -> Reply {
        let caller = try caller(of: request)
        let own = state.withLock { $0.subscriptions.values.filter { $0.tenant == caller.tenant } }
        return .json(200, ["value": .list(own.sorted { $0.id < $1.id }.map(Self.document))])
    }

    private static func document(_ subscription: StageState.Subscription) -> JSONValue {
        [
            "id": .text("/subscriptions/\(subscription.id)"), "subscriptionId": .text(subscription.id),
            "tenantId": .text(subscription.tenant), "displayName": .text(subscription.name), "state": "Enabled",
            "authorizationSource": "RoleBased", "managedByTenants": [],
        ]
    }

    /// What lies in a subscription or a group.
    private func overview(
        _ path: ManagementPath, _ request: StageRequest, _ caller: ManagementCaller,
        _ subscription: StageState.Subscription
    ) throws -> Reply {
        guard request.method == "GET" else { throw StageFailure.method(request.method) }
        let accounts = state.withLock { state in
            state.accounts.values.filter { $0.subscription == subscription.id }.sorted { $0.name < $1.name }
        }
        if path.provider == "microsoft.storage", path.resource.map({ $0.lowercased() }) == ["storageaccounts"] {
            let visible = accounts.filter { account in
                path.group.map { $0.lowercased() == account.group.lowercased() } ?? true
                    && (try? require("Microsoft.Storage/storageAccounts/read", of: caller, at: account.id)) != nil
            }
            return .json(200, ["value": .list(visible.map { document(of: $0, for: request) })])
        }
        guard path.provider == nil, path.resource.isEmpty else { throw StageFailure.nothingHere }
        guard path.group == nil else { throw StageFailure.nothingHere }
        return .json(200, Self.document(subscription))
    }
}
