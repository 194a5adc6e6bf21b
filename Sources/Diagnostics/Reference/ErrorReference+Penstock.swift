extension ErrorReference {
    /// Codes of credentials, identities, vaults, servers, settings and the command line.
    static let penstock = #"""
        credential.not-found credential.no-identity: no credential was found
          - none of the variables is set, the machine has no identity, and nobody signed in with `az login`
          - what was there is for another account, or of another kind than `--auth` asks for
          $ penstock whoami LOCATION
        credential.ended: the time of the shared access signature is over
          - it was made for a shorter time than the work takes
          - this machine's clock is off
          $ penstock whoami LOCATION
        credential.account-unknown credential.malformed-account: no storage account is named, or its name is none
          - `az://` without `AZURE_STORAGE_ACCOUNT` and without a connection string
          $ az storage account list --query "[].name"
        credential.malformed-key credential.malformed-sas credential.malformed-connection-string: a credential is
            not whole
          - it was cut when it was copied, or stood without quotes in a shell
          - a reference such as `@file:` is misspelt, so that it was taken for the credential itself
          $ penstock whoami LOCATION
        credential.malformed-identity credential.malformed-cloud: the environment says something of the identity or
            the cloud
            that cannot be
          - one of `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and what proves it is missing
          - an endpoint is no URL
          $ penstock whoami --for management
        credential.insecure identity.insecure vault.insecure: a secret would go over plain `http` on a network
          - an address begins with `http://`
          > Write `https://`.
        identity.refused: Entra ID gave no token
          - the message names the reason by its AADSTS number, which `penstock explain` knows
          $ penstock whoami --for management
        identity.unreachable identity.throttled: whoever gives tokens does not answer, or is too busy
          - no way to `login.microsoftonline.com`, or a proxy in between
          $ curl -sS https://login.microsoftonline.com/common/discovery/instance
        identity.malformed-answer: something else answers in the place of whoever gives tokens
          - `AZURE_AUTHORITY_HOST` is another server, or a proxy asks for a sign-in
          $ penstock whoami --for management
        identity.unavailable: the identity that was asked for is not there
          - the machine has no managed identity, or `az` has no sign-in
          $ az login
        identity.file-unusable: a certificate, a key or a federated token cannot be read
          - the file is missing, or another user's
          $ ls -l FILE
        identity.challenge-refused: the agent of Azure Arc named a file that is not its own
          - another program listens on its port
          $ azcmagent show
        token.malformed: a token is not one of Entra ID
          - a proxy answers in the place of whoever gives tokens
          $ penstock whoami --for management
        key.failed key.malformed key.mismatch key.no-certificate key.unfit key.wrong-password certificate.failed: a
            private key or its
            certificate cannot be used
          - it is encrypted with another password, or of another kind than RSA
          - the certificate is another key's
          $ openssl pkcs12 -info -noout -in FILE
        secret.not-set secret.empty: the place where a secret is kept is empty
          - the variable of `@env:` is not exported, or is misspelt
          - the file of `@file:` was made and not written
          $ env | cut -d= -f1
        secret.file-unusable secret.not-text: the file where a secret is kept cannot be read
          - it is missing, another user's, or not UTF-8 text
          $ ls -l FILE
        secret.cyclic secret.vault-unsupported: this secret cannot be kept in a vault
          - the vault is opened with it, or nothing here can ask a vault
          > Give it as `@file:PATH` or `@env:NAME`, or use a managed identity.
        secret.malformed-reference secret.unsupported-format: a secret is not written in a form that is known
          - the secret itself stands where `@keyvault:`, `@file:` or `@env:` should
          - a connection string lacks `Password`, or a value with `;` lacks quotes
          > Look at "Secrets kept elsewhere" in docs/reference/credentials.md.
        vault.malformed-identifier vault.foreign-host: the address is no secret of this cloud's vaults
          - another cloud, or a misspelt host: no token was sent there
          $ az keyvault secret show --vault-name VAULT --name NAME --query id
        vault.not-found: the vault has no such secret
          - the name is misspelt, or it was deleted
          $ az keyvault secret list --vault-name VAULT --output table
        vault.not-permitted: the identity may not read the secret
          - it lacks the role Key Vault Secrets User, or `get` in an access policy
          - the role was given less than 10 minutes ago
          $ penstock whoami --for vault
          $ az role assignment create --role "Key Vault Secrets User" --assignee ID --scope VAULT-ID
        vault.firewall: the vault's firewall keeps this machine out
          - this machine's address is not among those allowed
          $ az keyvault network-rule add --name VAULT --ip-address ADDRESS
        vault.secret-disabled vault.secret-not-yet-valid vault.secret-expired: the secret is not to be used now
          - it is disabled, or outside the time that its owner set
          $ az keyvault secret show --vault-name VAULT --name NAME --query attributes
        vault.wrong-tenant vault.not-authenticated vault.challenge-refused: the vault does not take the token
          - the identity is of another tenant than the vault
          - something else answers at the vault's address
          $ penstock whoami --for vault
        vault.throttled vault.unreachable vault.malformed-answer: the vault does not answer, or asks to slow down
          - the name of the vault is misspelt, or there is no way to it from here
          $ az keyvault show --name VAULT --query properties.vaultUri
        vault.refused: the vault refused for a reason of its own
          - the message has the service's code
          $ az keyvault secret show --vault-name VAULT --name NAME --query attributes
        management.not-found: the resource manager knows no such resource
          - the name is misspelt, or the identity does not see its subscription
          $ az account list --output table
        management.not-permitted: the identity may not read the resource
          - it has no role there, such as Reader
          $ az role assignment create --role Reader --assignee ID --scope ACCOUNT-ID
        management.not-authenticated management.wrong-tenant: the resource manager does not take the token
          - the identity is of another tenant or cloud
          $ penstock whoami --for management
        management.throttled management.unreachable management.malformed management.refused: the resource manager
            does not answer
            as it should
          - no way there, too many requests, or another server at its address
          $ az rest --method get --url https://management.azure.com/tenants?api-version=2022-12-01
        account.document-malformed account.document-unknown account.document-missing: the file describes no storage
            account
          - it was not written by `az storage account show`
          $ az storage account show --name ACCOUNT
        accounts.bad-name accounts.exists accounts.malformed accounts.missing accounts.shared accounts.unknown: the
            file of
            accounts of `penstock serve` cannot be used so
          - a name is misspelt or there twice, or others may read the file
          $ penstock serve account list --accounts FILE
        stage.malformed stage.repeated stage.unknown: the stage's file makes no sense
          - the message names the place
          > Compare it with docs/reference/stage.md.
        faults.invalid faults.not-json: the plan of faults makes no sense
          - the message names the place
          > Compare it with docs/reference/fault-plan.md.
        listener.address-not-found listener.cannot-listen listener.cannot-start: the server cannot listen there
          - another program has the port, or the address is not this machine's
          $ ss -ltnp
        listener.bad-certificate listener.bad-key listener.identity-refused: the server's certificate or key cannot
            be used
          - the key is another certificate's
          $ openssl x509 -noout -subject -enddate -in FILE
        listener.answer-too-long listener.client-gone listener.file-too-short: an answer of the server did not get
            to its client
          - the client went away, or a file was cut while it was read
          > Look at the client; the server goes on.
        http.name-not-found: the host's name leads nowhere
          - it is misspelt, or the name service of this network does not know it
          $ getent hosts HOST
        http.connection-refused http.timed-out http.connection-broken: nobody answers, or the connection broke
          - a firewall, a proxy that is needed, or a server that is down
          $ curl -sSv https://HOST/
        http.tls http.certificate-not-trusted http.certificate-for-another-name http.authorities-unusable: the other
            side cannot
            prove who it is
          - a certificate of one's own: name its authority with `--ca-file`
          - a proxy that looks into `https`
          $ openssl s_client -connect HOST:443 -servername HOST
        http.proxy-refused: the proxy does not let the connection through
          - it wants a password, or does not allow the host
          $ env | grep -i proxy
        http.malformed http.body-too-large: the answer makes no sense
          - something else than the service answers at the address
          $ curl -sSv https://HOST/
        location.no-scheme location.unknown-scheme location.unknown-query location.broken-escape location.folder
        location.no-account location.no-blob location.no-container location.no-directory location.no-recovery-point
        location.path-behind-container location.relative-directory: the location is not one, or is not what the
            command needs
          - a part is missing, or a shell took `&` or `?` of an unquoted SAS
          $ penstock help
        name.container name.blob name.recovery-point: the name is not one that the service takes
          - upper case in a container's name, or a blob's name longer than 1,024 characters
          $ penstock help
        usage.bad-value usage.conflicting-options usage.misplaced-option usage.missing-argument usage.missing-command
        usage.missing-option usage.missing-value usage.refused usage.repeated-option usage.unexpected-argument
        usage.unexpected-value usage.unknown-command usage.unknown-option: the command line cannot be understood or
            carried out
          - a word is misspelt, or stands at the wrong place
          $ penstock help
        explain.unknown: no code that is known was found in the text
          - it is misspelt, or was cut when it was copied
          > Look at docs/reference/errors.md for the codes that are known.
        interrupted: the command was interrupted
          - somebody pressed Ctrl-C, or the service manager stopped it
          > Start it again; nothing half-done is visible.
        failed: something failed that has no code of its own
          - the message says what
          $ penstock version
        """#
}
