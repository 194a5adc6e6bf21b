import AzureIdentity
import AzureManagement
public import BlobServer
import CryptoDigests
import Diagnostics
import FoundationEssentials
import Synchronization

extension AzureStage {
    /// Who decides what an account's blob service lets happen, for publishing it.
    public func policy(of account: String) -> any AccountPolicy { StagePolicy(stage: self, account: account) }
}

/// What the resource manager of the stage knows of an account, in the words of the blob server.
struct StagePolicy: AccountPolicy {
    let stage: AzureStage
    let account: String

    private func found() -> StageAccount? { stage.state.withLock { $0.accounts[account] } }

    func settings() -> AccountSettings {
        guard let account = found() else { return AccountSettings(keys: [], allowsPublicAccess: false) }
        return account.settings(now: stage.clock())
    }

    func holder(of token: Secret<String>, now: Date) throws(TokenRefusal) -> TokenHolder {
        let tenants = stage.state.withLock { Set($0.tenants.keys) }
        let claims: TokenClaims
        do throws(TokenFault) {
            claims = try token.reveal { text throws(TokenFault) in
                try stage.signer.claims(of: text, for: .storage, tenants: tenants, now: now)
            }
        } catch {
            throw TokenRefusal(error.detail)
        }
        let audience = claims.audiences.first ?? ""
        // A token for one account is for no other.
        let isOurs = audience.hasPrefix("https://storage.azure.com") || audience.hasPrefix("https://\(account).blob.")
        guard isOurs, let object = claims.object, let tenant = claims.tenant else {
            throw TokenRefusal("Audience validation failed. Audience did not match.")
        }
        return TokenHolder(object: object, tenant: tenant)
    }

    func allows(_ action: BlobAction, to holder: TokenHolder, in container: String?) -> Bool {
        let wanted = StorageAction(name: action.name, isOnData: action.isOnData)
        return stage.state.withLock { state in
            guard let account = state.accounts[account], account.tenant == holder.tenant else { return false }
            let scope = account.id + (container.map { "/blobServices/default/containers/\($0)" } ?? "")
            return state.grants(of: holder.object, in: holder.tenant, at: scope).contains { $0.allows(wanted) }
        }
    }

    /// Made of the terms, so that nothing has to be kept of the keys that were given out.
    func delegationKey(for terms: DelegationTerms) -> SharedKey? {
        guard let found = found() else { return nil }
        let parts = [
            terms.holder.object, terms.holder.tenant, terms.start, terms.expiry, terms.service, terms.version,
            terms.delegatedTenant,
        ]
        let text = parts.map { "\($0.utf8.count):\($0)" }.joined()
        let key = found.delegationSecret.reveal { MessageAuthentication.hmacSHA256(Array(text.utf8), key: $0) }
        return try? SharedKey(account: account, key: Secret(key))
    }
}

extension StageAccount {
    func settings(now: Date) -> AccountSettings {
        var settings = AccountSettings(
            keys: keys, allowsPublicAccess: model.admitsPublicContainers ?? false, tenant: tenant)
        settings.outage = outage
        settings.admits = admission
        settings.requiresHTTPS = model.requiresHTTPS ?? false
        settings.takesKeys = model.takesSharedKeys
        if model.sasPolicy?.expirationAction == "Block" {
            settings.longestSignature = model.sasPolicy?.sasExpirationPeriod.flatMap { SignaturePeriod($0)?.duration }
        }
        switch model.allowedCopyScope {
        case .some("AAD"): settings.copySources = .sameTenant
        case .some("PrivateLink"): settings.copySources = .sameAccount
        default: settings.copySources = .anywhere
        }
        settings.allowsForeignDelegation = model.allowCrossTenantDelegationSas == true
        let end = model.encryption?.keyVaultProperties?.currentVersionedKeyExpirationTimestamp
        settings.canDecrypt =
            !(model.encryption?.keySource == "Microsoft.Keyvault" && (end.map { $0.date <= now } ?? false))
        for (name, container) in containers where !container.holds.isEmpty || container.days != nil {
            settings.protection[name] = ContainerProtection(
                hasLegalHold: !container.holds.isEmpty, days: container.days, allowsAppending: container.allowsAppending
            )
        }
        settings.sku = model.sku?.name?.text ?? settings.sku
        // The blob server compares as the service writes it.
        settings.kind = model.kind == "FileStorage" ? "FileStorage" : model.kind?.text ?? settings.kind
        settings.isHierarchical = model.isHnsEnabled == true
        return settings
    }

    private var outage: AccountSettings.Outage {
        if let state = model.provisioningState, state != "Succeeded" { return .everything }
        if let primary = model.statusOfPrimary, primary != "available" {
            return model.statusOfSecondary == "available" ? .primary : .everything
        }
        return model.failoverInProgress == true || model.accountMigrationInProgress == true ? .writing : .none
    }

    /// Whom the network rules let in; nobody where public access is off, since there is no private network here.
    private var admission: @Sendable (String) -> Bool {
        if model.publicAccess != "Enabled" { return { _ in false } }
        guard model.hasFirewall else { return { _ in true } }
        let blocks = (model.networkAcls?.ipRules ?? []).compactMap { $0.value.flatMap { AddressBlock($0) } }
        return { peer in
            // The stage is on this machine, which has one address however it is written.
            let address = IPv4Address(peer: peer == "::1" ? "127.0.0.1" : peer)
            return address.map { address in blocks.contains { $0.contains(address) } } ?? false
        }
    }
}
