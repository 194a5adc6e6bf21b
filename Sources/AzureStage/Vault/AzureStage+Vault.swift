import Diagnostics
import FoundationEssentials
import HTTPListener
import HTTPMessages
import Synchronization

/// Key Vault: secrets.
extension AzureStage {
    func answerVault(_ request: StageRequest) throws -> Reply {
        var path = request.segments[...]
        var base = request.base
        let name: String
        if let label = StageService.vault(ofHost: request.host) {
            name = label
        } else {
            name = path.dropFirst().first?.lowercased() ?? ""
            path = path.dropFirst(2)
            // Clients take identifiers apart, in which no more may stand: they name the vault's own host.
            let port = request.host.split(separator: ":").last.flatMap { Int($0) }.map { ":\($0)" } ?? ""
            base = base.prefix { $0 != ":" } + "://\(name).vault.localhost\(port)"
        }
        guard let vault = state.withLock({ $0.vaults[name] }) else {
            throw StageFailure(404, "VaultNotFound", "There is no vault of that name.")
        }
        let caller = try vaultCaller(request, of: vault)
        guard let version = request.parameter("api-version"), !version.isEmpty else {
            throw StageFailure(400, "BadParameter", "api-version must be specified.")
        }
        guard path.first?.lowercased() == "secrets" else { throw StageFailure.nothingHere }
        let place = Array(path.dropFirst())
        switch (request.method, place.count) {
        case ("GET", 0):
            try requireVault("readMetadata/action", of: caller, in: vault)
            return .json(200, ["value": .list(names(in: vault, base)), "nextLink": .null])
        case ("GET", 2) where place[1].lowercased() == "versions":
            try requireVault("readMetadata/action", of: caller, in: vault)
            let found = try versions(of: place[0], in: vault)
            return .json(
                200,
                ["value": .list(found.map { Self.document($0, place[0], base, withValue: false) }), "nextLink": .null])
        case ("GET", 1), ("GET", 2):
            try requireVault("getSecret/action", of: caller, in: vault)
            return try show(place[0], place.count > 1 ? place[1] : nil, of: vault, base)
        case ("PUT", 1):
            try requireVault("setSecret/action", of: caller, in: vault)
            return try set(place[0], in: vault, try request.document(), base)
        case ("PATCH", 1), ("PATCH", 2):
            try requireVault("update/action", of: caller, in: vault)
            return try update(place[0], place.count > 1 ? place[1] : nil, of: vault, try request.document(), base)
        case ("DELETE", 1):
            try requireVault("delete", of: caller, in: vault)
            return try delete(place[0], in: vault, base)
        default: throw StageFailure.method(request.method)
        }
    }

    // MARK: - Who asks

    /// Who shows a token for vaults; who shows none is told where to get one.
    private func vaultCaller(_ request: StageRequest, of vault: StageVault) throws(StageFailure) -> ManagementCaller {
        let hosted = StageService.vault(ofHost: request.host) != nil
        let resource = hosted ? "\(request.base.replacing("//\(vault.name).", with: "//"))" : "https://vault.azure.net"
        let challenge =
            "Bearer authorization=\"\(authority(request, hosted, vault))/\(vault.tenant)\", resource=\"\(resource)\""
        do throws(StageFailure) {
            let caller = try caller(of: request, for: .vault)
            guard caller.tenant == vault.tenant else {
                throw StageFailure(401, "Unauthorized", "AKV10032: Invalid issuer. The token is of another tenant.")
            }
            return caller
        } catch {
            throw StageFailure(
                401, "Unauthorized",
                request.bearer == nil
                    ? "AKV10000: Request is missing a Bearer or PoP token." : "AKV10022: \(error.message)",
                fields: ["WWW-Authenticate": challenge])
        }
    }

    /// Where the tenants are: at the stage's own address, not at that of a vault.
    private func authority(_ request: StageRequest, _ isHosted: Bool, _ vault: StageVault) -> String {
        isHosted ? request.base.replacing("//\(vault.name).vault.", with: "//") : request.base
    }

    private func requireVault(
        _ action: String, of caller: ManagementCaller, in vault: StageVault
    ) throws(StageFailure) {
        let name = "Microsoft.KeyVault/vaults/secrets/" + action
        do throws(StageFailure) {
            try require(name, of: caller, at: vault.id, onData: true)
        } catch {
            throw StageFailure(
                403, "Forbidden",
                "Caller is not authorized to perform action on resource. Action: '\(name)' Resource: '\(vault.id)' "
                    + "Caller: appid=\(caller.client);oid=\(caller.object)",
                inner: "ForbiddenByRbac")
        }
    }

    // MARK: - What is done

    private func versions(of name: String, in vault: StageVault) throws(StageFailure) -> [StageVault.Version] {
        let found = state.withLock { $0.vaults[vault.name]?.secrets[name.lowercased()] }
        guard let found, !found.isEmpty else { throw Self.missing(name) }
        return found
    }

    private static func missing(_ name: String) -> StageFailure {
        StageFailure(
            404, "SecretNotFound",
            "A secret with (name/id) \(name.prefix(127)) was not found in this key vault. If you recently deleted this "
                + "secret you may be able to recover it using the correct recovery command.")
    }

    private func version(
        _ id: String?, of name: String, in vault: StageVault
    ) throws(StageFailure) -> StageVault.Version {
        let all = try versions(of: name, in: vault)
        let found = id.map { id in all.first { $0.id == id.lowercased() } } ?? all.last
        guard let found else { throw Self.missing("\(name)/\(id ?? "")") }
        return found
    }

    private func show(_ name: String, _ id: String?, of vault: StageVault, _ base: String) throws -> Reply {
        let found = try version(id, of: name, in: vault)
        guard found.isEnabled else {
            throw StageFailure(
                403, "Forbidden", "Operation get is not allowed on a disabled secret.", inner: "SecretDisabled")
        }
        // A vault gives out a secret outside its time, too: who asks has to look.
        return .json(200, Self.document(found, name, base))
    }

    private func set(_ name: String, in vault: StageVault, _ document: JSONValue, _ base: String) throws -> Reply {
        guard StageVault.isName(name) else {
            throw StageFailure(400, "BadParameter", "The name of a secret has 1 to 127 letters, digits and hyphens.")
        }
        guard let value = document["value"]?.text, value.utf8.count <= 25_600 else {
            throw StageFailure(400, "BadParameter", "The value is missing, or larger than 25 KiB.")
        }
        var made = StageVault.version(of: value, now: clock(), random: random)
        try Self.apply(document, to: &made)
        try state.withLock { [made] state throws(StageFailure) in
            let all = state.vaults[vault.name]?.secrets ?? [:]
            guard all.count < 10_000, all[name.lowercased()]?.count ?? 0 < 1000 else {
                throw StageFailure(400, "BadParameter", "The vault is full.")
            }
            state.vaults[vault.name]?.secrets[name.lowercased(), default: []].append(made)
        }
        return .json(200, Self.document(made, name, base))
    }

    private func update(
        _ name: String, _ id: String?, of vault: StageVault, _ document: JSONValue, _ base: String
    ) throws -> Reply {
        var changed = try version(id, of: name, in: vault)
        try Self.apply(document, to: &changed)
        changed.updated = StageTime.seconds(clock())
        state.withLock { [changed] state in
            guard var all = state.vaults[vault.name]?.secrets[name.lowercased()],
                let index = all.firstIndex(where: { $0.id == changed.id })
            else { return }
            all[index] = changed
            state.vaults[vault.name]?.secrets[name.lowercased()] = all
        }
        return .json(200, Self.document(changed, name, base, withValue: false))
    }

    private func delete(_ name: String, in vault: StageVault, _ base: String) throws -> Reply {
        let last = try version(nil, of: name, in: vault)
        state.withLock { $0.vaults[vault.name]?.secrets[name.lowercased()] = nil }
        return .json(200, Self.document(last, name, base, withValue: false))
    }

    private static func apply(_ document: JSONValue, to version: inout StageVault.Version) throws(StageFailure) {
        version.contentType = document["contentType"]?.text ?? version.contentType
        if let tags = document["tags"], tags.fields != nil { version.tags = tags }
        guard let attributes = document["attributes"] else { return }
        version.isEnabled = attributes["enabled"]?.bool ?? version.isEnabled
        for name in ["nbf", "exp"] {
            guard let value = attributes[name], value != .null else { continue }
            guard let seconds = value.int, (0...253_402_300_799).contains(seconds) else {
                throw StageFailure(400, "BadParameter", "\(name) is not a time in seconds since 1970.")
            }
            if name == "nbf" { version.notBefore = seconds } else { version.expires = seconds }
        }
    }

    // MARK: - As it is shown

    private func names(in vault: StageVault, _ base: String) -> [JSONValue] {
        let secrets = state.withLock { $0.vaults[vault.name]?.secrets } ?? [:]
        return secrets.sorted { $0.key < $1.key }.compactMap { name, versions in
            guard let last = versions.last else { return nil }
            var document = Self.document(last, name, base, withValue: false)
            document["id"] = .text("\(base)/secrets/\(name)")
            return document
        }
    }

    private static func document(
        _ version: StageVault.Version, _ name: String, _ base: String, withValue: Bool = true
    ) -> JSONValue {
        var attributes: JSONValue = [
            "enabled": .bool(version.isEnabled), "created": .number(Double(version.created)),
            "updated": .number(Double(version.updated)), "recoveryLevel": "Recoverable+Purgeable",
            "recoverableDays": 90,
        ]
        if let start = version.notBefore { attributes["nbf"] = .number(Double(start)) }
        if let end = version.expires { attributes["exp"] = .number(Double(end)) }
        var document: JSONValue = [
            "id": .text("\(base)/secrets/\(name)/\(version.id)"), "attributes": attributes, "tags": version.tags,
        ]
        if let type = version.contentType { document["contentType"] = .text(type) }
        if withValue { document["value"] = .text(version.value.reveal { $0 }) }
        return document
    }
}
