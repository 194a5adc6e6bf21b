import HTTPMessages

/// Reads all that the rules ask about an account.
public struct AccountReader: Sendable {
    private let manager: ResourceManager

    public init(_ manager: ResourceManager) { self.manager = manager }

    /// 2023-05-01 is the first version that has every property of the rules but the newest, which are optional.
    private static let storageVersion = "2023-05-01"
    private static let subscriptionVersion = "2022-12-01"
    private static let rightsVersion = "2022-04-01"
    private static let lockVersion = "2020-05-01"

    /// Something about the account that could not be read, and why.
    public struct Gap: Sendable {
        public let what: String
        public let error: ResourceManagerError
    }

    /// The account of a name, searched in every subscription that the caller sees.
    ///
    /// Names of accounts are the same nowhere else in the world, so the first is the only one.
    public func find(_ name: String) async throws -> ResourceID {
        struct Subscription: Decodable { let subscriptionId: String }
        let subscriptions: [Subscription] = try await manager.list("/subscriptions", version: Self.subscriptionVersion)
        var seen = 0
        for subscription in subscriptions {
            let accounts: [StorageAccount] = try await manager.list(
                "/subscriptions/\(subscription.subscriptionId)/providers/Microsoft.Storage/storageAccounts",
                version: Self.storageVersion)
            if let found = accounts.first(where: { $0.name == name.lowercased() })?.id { return found }
            seen += accounts.count
        }
        // A list leaves out what the caller may not read: one that is empty does not say that nothing is there.
        guard seen > 0 else {
            throw ResourceManagerError(
                .notPermitted, subject: "any storage account of the \(subscriptions.count) subscriptions it sees")
        }
        throw ResourceManagerError(
            .notFound, subject: "storage account `\(name)` in any of \(subscriptions.count) subscriptions")
    }

    public func account(_ id: ResourceID) async throws -> StorageAccount {
        try await manager.read(id.description, version: Self.storageVersion)
    }

    /// Fills in what else can be read; what cannot is named, and its rules stay undecided.
    ///
    /// - Throws: What else but a refusal keeps the resource manager from answering.
    public func complete(
        _ situation: inout AccountSituation, of id: ResourceID, container: String?
    ) async throws -> [Gap] {
        var gaps: [Gap] = []
        situation.blobService = try await attempt("the blob service", &gaps) {
            try await manager.read("\(id)/blobServices/default", version: Self.storageVersion)
        }
        if let container {
            situation.container =
                try await attempt("the container", &gaps) { try await self.container(container, of: id) } ?? .unknown
        }
        let scope = container.map { "\(id)/blobServices/default/containers/\($0)" } ?? id.description
        situation.permissions = try await attempt("the caller's permissions", &gaps) {
            try await manager.list(
                "\(scope)/providers/Microsoft.Authorization/permissions", version: Self.rightsVersion)
        }
        situation.locks = try await attempt("the locks", &gaps) {
            try await manager.list("\(id)/providers/Microsoft.Authorization/locks", version: Self.lockVersion)
        }
        if let principal = situation.vault.principal {
            situation.assignments = try await attempt("the role assignments", &gaps) {
                try await self.assignments(of: principal, at: scope)
            }
        }
        return gaps
    }

    /// The roles of somebody, of the groups that they are in too, with what each allows.
    private func assignments(of principal: String, at scope: String) async throws -> [RoleAssignment] {
        struct Definition: Decodable {
            struct Properties: Decodable { let permissions: [PermissionGrant]? }
            let properties: Properties?
        }
        var assignments: [RoleAssignment] = try await manager.list(
            "\(scope)/providers/Microsoft.Authorization/roleAssignments", version: Self.rightsVersion,
            query: ["$filter": "assignedTo('\(principal)')"])
        for index in assignments.indices where assignments[index].grants == nil {
            guard let role = assignments[index].roleDefinitionId, role.hasPrefix("/") else { continue }
            do {
                let definition: Definition = try await manager.read(role, version: Self.rightsVersion)
                assignments[index].grants = definition.properties?.permissions
            } catch let error as ResourceManagerError where error.kind == .notPermitted || error.kind == .notFound {
                continue
            }
        }
        return assignments
    }

    private func container(_ name: String, of id: ResourceID) async throws -> AccountSituation.ContainerState {
        do {
            let container: BlobContainer = try await manager.read(
                "\(id)/blobServices/default/containers/\(name)", version: Self.storageVersion)
            return .found(container)
        } catch let error as ResourceManagerError where error.kind == .notFound {
            return .missing(name: name)
        }
    }

    /// What `body` reads; `nil` where the caller may not, or where there is no such thing.
    private func attempt<Value>(
        _ what: String, _ gaps: inout [Gap], _ body: () async throws -> Value
    ) async throws -> Value? {
        do {
            return try await body()
        } catch let error as ResourceManagerError where error.kind == .notPermitted || error.kind == .notFound {
            gaps.append(Gap(what: what, error: error))
            return nil
        }
    }
}
