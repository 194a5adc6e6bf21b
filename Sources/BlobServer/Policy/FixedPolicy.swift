import AzureIdentity
import Diagnostics
import FoundationEssentials

/// An account of which only the keys are known: nobody has roles, and no token counts.
struct FixedPolicy: AccountPolicy {
    let keys: [SharedKey]
    let allowsPublicAccess: Bool

    func settings() -> AccountSettings { AccountSettings(keys: keys, allowsPublicAccess: allowsPublicAccess) }

    func holder(of token: Secret<String>, now: Date) throws(TokenRefusal) -> TokenHolder {
        throw TokenRefusal("Bearer tokens are not accepted by this server.")
    }

    func allows(_ action: BlobAction, to holder: TokenHolder, in container: String?) -> Bool { false }

    func delegationKey(for terms: DelegationTerms) -> SharedKey? { nil }
}
