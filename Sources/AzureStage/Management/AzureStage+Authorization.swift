import AzureManagement
import FoundationEssentials
import HTTPListener
import HTTPMessages
import Synchronization

/// `Microsoft.Authorization`: permissions, roles, who has them, and locks.
extension AzureStage {
    func authorization(
        _ wanted: [String], at scope: String, _ request: StageRequest, _ caller: ManagementCaller,
        _ subscription: StageState.Subscription
    ) throws -> Reply {
        try refuseMissing(scope, subscription)
        let name = wanted.count > 1 ? wanted[1] : nil
        guard wanted.count <= 2 else { throw StageFailure.nothingHere }
        switch (request.method, wanted[0].lowercased(), name) {
        case ("GET", "permissions", nil): return permissions(of: caller, at: scope)
        case ("GET", "roledefinitions", _):
            try require("Microsoft.Authorization/roleDefinitions/read", of: caller, at: scope)
            return try definitions(name, request, subscription)
        case ("GET", "roleassignments", nil):
            try require("Microsoft.Authorization/roleAssignments/read", of: caller, at: scope)
            return assignments(at: scope, request, subscription)
        case (let method, "roleassignments", .some(let id)):
            return try assignment(method, id, at: scope, request, caller, subscription)
        case ("GET", "locks", nil):
            try require("Microsoft.Authorization/locks/read", of: caller, at: scope)
            let found = state.withLock { $0.locks.filter { StageState.covers($0.scope, scope) } }
            return .json(200, ["value": .list(found.map(Self.document))])
        case (let method, "locks", .some(let name)): return try lock(method, name, at: scope, request, caller)
        case (let method, "permissions", nil), (let method, "roleassignments", nil), (let method, "locks", nil):
            throw StageFailure.method(method)
        default: throw StageFailure.nothingHere
        }
    }

    /// Throws where the scope is an account that is not there.
    private func refuseMissing(_ scope: String, _ subscription: StageState.Subscription) throws(StageFailure) {
        guard let id = ResourceID(scope), let name = id.storageAccount else { return }
        let found = state.withLock { $0.accounts[name.lowercased()] }
        guard let found, found.subscription == subscription.id, id.group.lowercased() == found.group.lowercased() else {
            throw StageFailure(
                404, "ResourceNotFound",
                "The Resource 'Microsoft.Storage/storageAccounts/\(name)' under resource group '\(id.group)' was not found."
            )
        }
    }

    private func permissions(of caller: ManagementCaller, at scope: String) -> Reply {
        let grants = state.withLock { $0.grants(of: caller.object, in: caller.tenant, at: scope) }
        return .json(200, ["value": .list(grants.map(Self.document))])
    }

    private static func document(_ grant: PermissionGrant) -> JSONValue {
        func list(_ texts: [String]?) -> JSONValue { .list((texts ?? []).map { .text($0) }) }
        return [
            "actions": list(grant.actions), "notActions": list(grant.notActions),
            "dataActions": list(grant.dataActions), "notDataActions": list(grant.notDataActions),
        ]
    }

    // MARK: - Roles

    private func definitions(
        _ name: String?, _ request: StageRequest, _ subscription: StageState.Subscription
    ) throws -> Reply {
        if let name {
            guard let role = BuiltInRole.named(name) else {
                throw StageFailure(404, "RoleDefinitionDoesNotExist", "The role definition does not exist.")
            }
            return .json(200, Self.document(role, subscription))
        }
        let wanted = Self.value(in: request.parameter("$filter") ?? "", after: "rolename eq ")
        let found = BuiltInRole.all.filter { role in wanted.map { role.name.lowercased() == $0 } ?? true }
        return .json(200, ["value": .list(found.map { Self.document($0, subscription) })])
    }

    /// The text between quotes behind a word of a filter, in lower case.
    private static func value(in filter: String, after word: String) -> String? {
        let filter = filter.lowercased()
        guard let start = filter.firstRange(of: word + "'")?.upperBound else { return nil }
        return String(filter[start...].prefix { $0 != "'" })
    }

    private static func document(_ role: BuiltInRole, _ subscription: StageState.Subscription) -> JSONValue {
        [
            "id": .text(role.definition(in: subscription.id)), "name": .text(role.id),
            "type": "Microsoft.Authorization/roleDefinitions",
            "properties": [
                "roleName": .text(role.name), "type": "BuiltInRole", "description": .text(role.name),
                "assignableScopes": ["/"], "permissions": [document(role.grant)],
            ],
        ]
    }

    // MARK: - Who has them

    /// Those at the scope, above and below it.
    private func assignments(
        at scope: String, _ request: StageRequest, _ subscription: StageState.Subscription
    ) -> Reply {
        let filter = request.parameter("$filter") ?? ""
        let principal =
            Self.value(in: filter, after: "assignedto(") ?? Self.value(in: filter, after: "principalid eq ")
        let isExact = filter.lowercased().contains("atscope()")
        let found = state.withLock { state in
            state.assignments.filter { assignment in
                let isAbove = StageState.covers(assignment.scope, scope)
                return assignment.tenant == subscription.tenant
                    && (isAbove || !isExact && StageState.covers(scope, assignment.scope))
                    && principal.map { assignment.principal == $0 } ?? true
            }
        }
        return .json(200, ["value": .list(found.map { Self.document($0, subscription) })])
    }

    private func assignment(
        _ method: String, _ id: String, at scope: String, _ request: StageRequest, _ caller: ManagementCaller,
        _ subscription: StageState.Subscription
    ) throws -> Reply {
        let found = state.withLock { state in
            state.assignments.first {
                $0.id == id.lowercased() && $0.tenant == subscription.tenant
                    && StageState.covers($0.scope, scope) && StageState.covers(scope, $0.scope)
            }
        }
        let action = "Microsoft.Authorization/roleAssignments/"
        switch method {
        case "GET":
            try require(action + "read", of: caller, at: scope)
            guard let found else {
                throw StageFailure(404, "RoleAssignmentNotFound", "The role assignment '\(id)' is not found.")
            }
            return .json(200, Self.document(found, subscription))
        case "DELETE":
            try require(action + "delete", of: caller, at: scope)
            try refuseLocked(scope, forDeletion: true)
            guard let found else { return Reply(status: 204) }
            state.withLock { $0.assignments.removeAll { $0.id == found.id } }
            return .json(200, Self.document(found, subscription))
        case "PUT":
            try require(action + "write", of: caller, at: scope)
            try refuseLocked(scope)
            return try assign(id, at: scope, try request.document(), subscription)
        default: throw StageFailure.method(method)
        }
    }

    private func assign(
        _ id: String, at scope: String, _ document: JSONValue, _ subscription: StageState.Subscription
    ) throws -> Reply {
        let properties = document["properties"] ?? document
        guard StageID.isWellFormed(id) else {
            throw StageFailure(400, "InvalidRoleAssignmentId", "The name of a role assignment is a GUID.")
        }
        guard let principal = properties["principalId"]?.text?.lowercased(), StageID.isWellFormed(principal) else {
            throw StageFailure(400, "InvalidPrincipalId", "The principalId is not a GUID.")
        }
        guard let role = BuiltInRole.named(properties["roleDefinitionId"]?.text ?? "") else {
            throw StageFailure(400, "RoleDefinitionDoesNotExist", "The role definition is none that the stage knows.")
        }
        guard properties["condition"]?.text ?? "" == "" else {
            throw StageFailure(
                400, "ConditionsNotSupported", "The stage does not judge conditions of role assignments.")
        }
        let made = StageState.Assignment(
            id: id.lowercased(), principal: principal, role: role, scope: scope, tenant: subscription.tenant)
        try state.withLock { state throws(StageFailure) in
            guard state.assignments.count < 100_000 else {
                throw StageFailure(400, "RoleAssignmentLimitExceeded", "There are too many role assignments.")
            }
            let isThere = state.assignments.contains { old in
                old.id == made.id
                    || old.principal == principal && old.role.id == role.id && old.tenant == made.tenant
                        && StageState.covers(old.scope, scope) && StageState.covers(scope, old.scope)
            }
            guard !isThere else {
                throw StageFailure(409, "RoleAssignmentExists", "The role assignment already exists.")
            }
            state.assignments.append(made)
        }
        return .json(201, Self.document(made, subscription))
    }

    private static func document(
        _ assignment: StageState.Assignment, _ subscription: StageState.Subscription
    ) -> JSONValue {
        [
            "id": .text("\(assignment.scope)/providers/Microsoft.Authorization/roleAssignments/\(assignment.id)"),
            "name": .text(assignment.id), "type": "Microsoft.Authorization/roleAssignments",
            "properties": [
                "roleDefinitionId": .text(assignment.role.definition(in: subscription.id)),
                "principalId": .text(assignment.principal), "principalType": "ServicePrincipal",
                "scope": .text(assignment.scope), "condition": .null,
            ],
        ]
    }

    // MARK: - Locks

    private func lock(
        _ method: String, _ name: String, at scope: String, _ request: StageRequest, _ caller: ManagementCaller
    ) throws -> Reply {
        func isIt(_ lock: StageState.Lock) -> Bool {
            lock.name.lowercased() == name.lowercased() && StageState.covers(lock.scope, scope)
                && StageState.covers(scope, lock.scope)
        }
        switch method {
        case "GET":
            try require("Microsoft.Authorization/locks/read", of: caller, at: scope)
            guard let found = state.withLock({ $0.locks.first(where: isIt) }) else {
                throw StageFailure(404, "LockNotFound", "The lock '\(name)' could not be found.")
            }
            return .json(200, Self.document(found))
        case "PUT":
            try require("Microsoft.Authorization/locks/write", of: caller, at: scope)
            let level = try request.document()["properties"]?["level"]?.text ?? ""
            guard ["readonly", "cannotdelete"].contains(level.lowercased()) else {
                throw StageFailure(400, "InvalidLockLevel", "The level is neither ReadOnly nor CanNotDelete.")
            }
            let made = StageState.Lock(name: name, scope: scope, level: level)
            try state.withLock { state throws(StageFailure) in
                guard state.locks.count < 1000 else { throw StageFailure(400, "TooManyLocks", "There are 1000 locks.") }
                state.locks.removeAll(where: isIt)
                state.locks.append(made)
            }
            return .json(201, Self.document(made))
        case "DELETE":
            try require("Microsoft.Authorization/locks/delete", of: caller, at: scope)
            state.withLock { $0.locks.removeAll(where: isIt) }
            return Reply(status: 200)
        default: throw StageFailure.method(method)
        }
    }

    private static func document(_ lock: StageState.Lock) -> JSONValue {
        [
            "id": .text("\(lock.scope)/providers/Microsoft.Authorization/locks/\(lock.name)"), "name": .text(lock.name),
            "type": "Microsoft.Authorization/locks", "properties": ["level": .text(lock.level)],
        ]
    }
}
