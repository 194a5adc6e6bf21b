extension ErrorReference {
    /// Numbers with which Entra ID refuses.
    ///
    /// Source: <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>
    static let entra = #"""
        AADSTS700016: the tenant has no such application
          - `AZURE_CLIENT_ID` is the id of the object, or of another application
          - the application is in another tenant than `AZURE_TENANT_ID`
          $ az ad app list --display-name NAME --query "[].appId"
          > Check `AZURE_CLIENT_ID` (the application's id, not its object id) and that `AZURE_TENANT_ID` is its
            tenant.
        AADSTS7000215: the client secret is wrong
          - the secret's id was copied in place of its value
          - it was cut, or is another application's
          $ az ad app credential reset --id CLIENT-ID
          > Set `AZURE_CLIENT_SECRET` to the secret's value, not its id, or make a new one with
            `az ad app credential reset`.
        AADSTS7000222: the client secret has expired
          - secrets last for two years at most
          $ az ad app credential reset --id CLIENT-ID
          > Make a new one with `az ad app credential reset`, or use a certificate or workload identity.
        AADSTS7000112: the application is disabled
          - an administrator disabled it
          $ az ad sp show --id CLIENT-ID --query accountEnabled
          > Let an administrator enable the application in its tenant.
        AADSTS7000229: the application has no service principal in the tenant
          - it was never consented to in this tenant
          $ az ad sp create --id CLIENT-ID
          > Make one with `az ad sp create --id CLIENT-ID` in that tenant.
        AADSTS90002: there is no such tenant
          - `AZURE_TENANT_ID` is misspelt, or is a subscription's id
          - the tenant is in another cloud
          $ az account show --query tenantId
          > Check `AZURE_TENANT_ID`, and `--cloud` if it is in another cloud.
        AADSTS900023: the tenant is neither an id nor a domain
          - `AZURE_TENANT_ID` holds something else
          $ az account show --query tenantId
          > Set `AZURE_TENANT_ID` to the tenant's id, as `az account show` has it.
        AADSTS70021: the application trusts no such federated token
          - issuer, subject or audience differ, also in their case or a slash at the end
          - the federated credential was made less than some minutes ago
          $ az ad app federated-credential list --id CLIENT-ID
          > Compare issuer, subject and audience of the federated credential with those of the token.
        AADSTS700211: the application trusts no issuer like the federated token's
          - the cluster's issuer is another, or lacks the slash at its end
          $ az ad app federated-credential list --id CLIENT-ID
          > Compare the issuer of the federated credential with that of the token.
        AADSTS700212: the application trusts no audience like the federated token's
          - the token was made for another audience
          $ az ad app federated-credential list --id CLIENT-ID
          > Let the token be made for the audience of the federated credential, `api://AzureADTokenExchange`.
        AADSTS700213: the application trusts no subject like the federated token's
          - another namespace, service account, branch or environment
          $ az ad app federated-credential list --id CLIENT-ID
          > Compare the subject of the federated credential with that of the token, such as the service account's.
        AADSTS700023: the assertion is for somebody else
          - its issuer or subject is not the application, or its audience not the authority
          > Check `AZURE_CLIENT_ID` and `AZURE_AUTHORITY_HOST`.
          $ penstock whoami --for management
        AADSTS700024: the assertion is not in its time
          - this machine's clock is off
          - the federated token in the file was not renewed
          $ timedatectl status
          > Set this machine's clock; or see why the federated token was not renewed.
        AADSTS700027: the certificate is not registered with the application
          - another certificate was registered, or it was removed
          $ az ad app credential list --id CLIENT-ID --cert
          > Register it with `az ad app credential reset --cert`, or point `AZURE_CLIENT_CERTIFICATE_PATH` at the
            one that is.
        AADSTS1000502: the certificate has expired
          - its time is over
          $ openssl x509 -noout -enddate -in FILE
          > Make a new certificate and register it with the application.
        AADSTS50034: the tenant has no such account
          - the person is a guest, or of another tenant
          $ az login --tenant TENANT
          > Check the name and the tenant, and sign in again.
        AADSTS500011: the tenant does not know the service that the token is for
          - an endpoint of another cloud
          - `PENSTOCK_VAULT_ENDPOINT` or another endpoint is misspelt
          $ penstock whoami --for vault
          > Check `--cloud` and the endpoints: a token is asked for by the service's address.
        AADSTS1002012: the scope of the token is malformed
          - an endpoint in the environment is misspelt
          $ penstock whoami --for storage
          > Check `--cloud` and the endpoints.
        AADSTS53003: conditional access forbids it
          - a policy wants another network, device or factor
          $ az ad sp show --id CLIENT-ID
          > Let an administrator look at the policies for this identity, for example which networks it may come from.
        AADSTS50076: a second factor is asked for
          - a person signed in without one, or its time is over
          $ az login --tenant TENANT
          > Sign in again with `az login`, or use an identity for machines.
        AADSTS50079: a second factor is to be registered
          - the tenant asks for it since the last sign-in
          $ az login --tenant TENANT
          > Sign in again with `az login`, or use an identity for machines.
        AADSTS50173: what was signed in with was revoked
          - the password was changed, or sessions were revoked
          $ az login
          > Sign in again with `az login`.
        AADSTS70043: the sign-in has expired
          - the tenant limits how long sign-ins last
          $ az login
          > Sign in again with `az login`.
        AADSTS700082: the sign-in has expired, because it was not used
          - nobody used it for 90 days
          $ az login
          > Sign in again with `az login`.
        AADSTS65001: nobody has consented to the application
          - the tenant wants an administrator's consent
          $ az ad app permission admin-consent --id CLIENT-ID
        AADSTS50057: the account is disabled
          - an administrator disabled it
          $ az ad user show --id USER --query accountEnabled
        AADSTS50126: name or password is wrong
          - the password was changed
          $ az login
        AADSTS90033 AADSTS90006 AADSTS50196: the authority is busy, or was asked too often
          - a passing failure, or a loop that signs in again and again
          > Wait some minutes, then try again.
        """#
}
