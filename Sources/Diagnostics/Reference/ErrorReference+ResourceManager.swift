extension ErrorReference {
    /// Codes of the resource manager.
    ///
    /// Source: <https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors>
    static let resourceManager = #"""
        AuthorizationFailed: the identity may not do this with the resource
          - it has no role there; a role with data actions alone does not show the account
          - the role was given less than 10 minutes ago
          $ penstock whoami --for management
          $ az role assignment create --role Reader --assignee ID --scope ACCOUNT-ID
        LinkedAuthorizationFailed: the identity may not use another resource that the request names
          - a vault, a network or an identity in another subscription or tenant
          $ az role assignment list --assignee ID --all --output table
        InvalidAuthenticationToken ExpiredAuthenticationToken AuthenticationFailedInvalidHeader: the resource
            manager does not take the token
          - the token has ended or is for another service
          - `--cloud` is another than the subscription's
          $ penstock whoami --for management
        InvalidAuthenticationTokenTenant: the token is of another tenant than the subscription
          - `AZURE_TENANT_ID` is another, or `az login` was made in another
          $ az account show --subscription SUBSCRIPTION --query tenantId
          $ az login --tenant TENANT
        SubscriptionNotFound InvalidSubscriptionId: there is no such subscription, or the identity does not see it
          - the id is misspelt, or of another tenant or cloud
          $ az account list --all --output table
        ResourceGroupNotFound: there is no such resource group
          - the name is misspelt, or is in another subscription
          $ az group list --output table
        ParentResourceNotFound: what the resource belongs to is not there
          - the account or its container was deleted
          $ az storage account list --output table
        NoRegisteredProviderFound MissingSubscriptionRegistration: the subscription does not use this service yet
          - a new subscription
          $ az provider register --namespace Microsoft.Storage
        ScopeLocked: a lock forbids it
          - a lock of the resource, its group or its subscription
          $ az lock list --resource-group GROUP --output table
        RequestDisallowedByPolicy: a policy of the organisation forbids it
          - the policy's name is in the message
          $ az policy state list --resource ACCOUNT-ID --output table
        TooManyRequests OperationNotAllowed SubscriptionRequestsThrottled: too many requests, or a limit is reached
          - other programs of the subscription share the limit
          > Wait for the time that the answer names, then try again.
        Conflict AnotherOperationInProgress StorageAccountOperationInProgress AccountProvisioningStateInvalid: something
            else is changing the resource
          - another change is under way
          > Wait a minute, then try again.
        InvalidApiVersionParameter: the resource manager does not know this version of its interface
          - a service that stands in for Azure, or a cloud that is behind
          > Check `PENSTOCK_MANAGEMENT_ENDPOINT` and `--cloud`.
        StorageAccountNotFound: there is no such account
          - the name is misspelt, or the identity does not see its subscription
          $ az storage account list --query "[].{name:name,id:id}" --output table
        InvalidRequestContent InvalidRequestPropertyValue InvalidValuesForRequestParameters BadParameter: a value of
            the request is not what the service takes
          - a property that this kind of account does not have
          > Read the message: it names the property.
        RoleAssignmentExists: the identity has this role already
          - it was given before
          $ az role assignment list --assignee ID --scope ACCOUNT-ID --output table
        RoleAssignmentNotFound RoleDefinitionDoesNotExist RoleAssignmentLimitExceeded InvalidPrincipalId
        PrincipalNotFound: the role cannot be given or taken
          - the identity was made moments ago, or its client id was given in place of its object id
          - the subscription has as many assignments as it may
          $ az ad sp show --id CLIENT-ID --query id
        ImmutabilityPolicyNotFound LegalHoldTagsExceeded: the container's policy is not there, or is full
          - it was taken away
          $ az storage container immutability-policy show --account-name ACCOUNT --container-name C
        """#

    /// Codes of Key Vault.
    ///
    /// Source: <https://learn.microsoft.com/azure/key-vault/general/rest-error-codes>
    static let keyVault = #"""
        SecretNotFound: the vault has no such secret
          - the name is misspelt, or is in another vault
          - it was deleted, and can be recovered for a while
          $ az keyvault secret list --vault-name VAULT --output table
          $ az keyvault secret recover --vault-name VAULT --name NAME
        VaultNotFound: there is no such vault
          - the name is misspelt, or the vault is in another cloud
          $ az keyvault list --query "[].properties.vaultUri"
        ForbiddenByRbac: the identity has no role for secrets in this vault
          - it lacks Key Vault Secrets User; Owner and Contributor do not read secrets
          - the role was given less than 10 minutes ago
          $ penstock whoami --for vault
          $ az role assignment create --role "Key Vault Secrets User" --assignee ID --scope VAULT-ID
        ForbiddenByPolicy: the vault's access policies do not let the identity read secrets
          - it has no policy, or none with `get`
          $ az keyvault set-policy --name VAULT --object-id ID --secret-permissions get
        ForbiddenByFirewall ForbiddenByConnection: the vault's firewall does not let this machine in
          - this machine's address is not among those allowed
          - public network access is off, and this network has no private endpoint
          $ az keyvault network-rule add --name VAULT --ip-address ADDRESS
        AccessDenied Forbidden: the identity may not do this with the vault
          - it has no role or access policy there
          - the firewall does not let this machine in
          $ penstock whoami --for vault
          $ az role assignment create --role "Key Vault Secrets User" --assignee ID --scope VAULT-ID
        SecretDisabled: the secret is disabled
          - somebody disabled it, often to rotate it
          $ az keyvault secret set-attributes --vault-name VAULT --name NAME --enabled true
        ObjectIsDeletedButRecoverable: the secret is deleted, and can be recovered
          - it was deleted less than 90 days ago
          $ az keyvault secret recover --vault-name VAULT --name NAME
        Unauthorized AKV10000 AKV10022 AKV10032: the vault does not take the token
          - the token is of another tenant than the vault
          - the token has ended, or is for another service
          $ penstock whoami --for vault
          $ az keyvault show --name VAULT --query properties.tenantId
        Throttled: the vault was asked too often
          - many processes read from one vault
          > Wait some seconds; Penstock keeps a secret for five minutes.
        UserErrorSecretValueInUnsupportedFormat: Azure Backup cannot read the secret
          - it is no ADO.NET connection string on one line
          > Write `Server=…;Database={db};Port=5432;User Id=…;Password=…;Ssl Mode=Require;`.
          $ az keyvault secret set --vault-name VAULT --name NAME --file FILE
        """#
}
