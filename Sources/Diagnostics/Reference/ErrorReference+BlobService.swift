extension ErrorReference {
    /// Codes of the blob service.
    ///
    /// Source: <https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes>
    static let blobService = #"""
        AuthenticationFailed: the service cannot tell that the request comes from whom it says
          - the account key is wrong, was rotated, or is another account's
          - the signature of a SAS was cut or changed, or its time has not begun or is over
          - this machine's clock is more than 15 minutes off
          - the token is for another service, or is of another tenant than the account
          $ penstock whoami LOCATION
          $ az storage account keys list --account-name ACCOUNT --output table
        AuthorizationFailure: the request is authentic, and the account lets it not in
          - the account's firewall or private network does not allow this machine's address
          - public network access is disabled
          - the SAS does not allow the operation, the resource or the service
          $ penstock check account ACCOUNT --for upload
          $ az storage account network-rule add --account-name ACCOUNT --ip-address ADDRESS
        AuthorizationPermissionMismatch: who asks is known, and may not do this
          - the identity has no role with data actions, such as Storage Blob Data Contributor; Owner is none
          - the role was given less than 10 minutes ago
          - the SAS lacks the permission in `sp`
          $ penstock whoami LOCATION
          $ az role assignment create --role "Storage Blob Data Contributor" --assignee ID --scope ACCOUNT-ID
        AuthorizationProtocolMismatch: the SAS is for `https` only
          - the location begins with `http://`
          > Write `https://` in the location.
        AuthorizationResourceTypeMismatch: the SAS is not for this kind of resource
          - an account SAS without `s`, `c` or `o` in `srt`
          $ az storage account generate-sas --services b --resource-types sco --permissions rwlac --expiry TIME
        AuthorizationServiceMismatch: the SAS is not for the blob service
          - an account SAS without `b` in `ss`
          $ az storage account generate-sas --services b --resource-types sco --permissions rwlac --expiry TIME
        AuthorizationSourceIPMismatch: the SAS is not for this machine's address
          - `sip` in the SAS names other addresses
          - a proxy or a gateway has another address than this machine
          > Make a SAS for the address that the service sees, or without `--ip`.
        InsufficientAccountPermissions: the account may not be used in this way
          - a write to the secondary region, which can only be read
          - the account is limited or disabled
          $ penstock check account ACCOUNT --for upload
        KeyBasedAuthenticationNotPermitted: the account takes no keys, and no SAS signed with one
          - `allowSharedKeyAccess` is false
          $ penstock whoami --auth azure-cli LOCATION
          $ az storage account update --name ACCOUNT --allow-shared-key-access true
        UnauthorizedBlobOverwrite: the SAS may create, and not replace what exists
          - a blob of that name exists
          - the SAS has `c` and not `w`
          $ penstock blob stat LOCATION
        CannotVerifyCopySource: the destination could not read the source of a copy
          - the source's SAS or token is wrong, has ended, or lacks `r`
          - the source's firewall does not let the service in
          - `allowedCopyScope` of the destination forbids sources of other tenants
          $ penstock check account SOURCE --for copy-source
          $ penstock check account DESTINATION --for copy-destination
        AccountIsDisabled: the account is disabled
          - the subscription is disabled, often for a payment
          $ az account show --query state
        AccountBeingCreated: the account is being made
          - it was made moments ago
          > Wait a minute, then try again.
        NoAuthenticationInformation: the request shows no credential, and the account wants one
          - anonymous access to something that is not public
          $ penstock whoami LOCATION
        InvalidAuthenticationInfo: the credential in the request is malformed, or the token does not count
          - the token has ended, or is for another service or tenant
          - a proxy changed the request
          $ penstock whoami LOCATION
        PublicAccessNotPermitted: the account allows no anonymous access
          - `allowBlobPublicAccess` is false, and the request showed no credential
          $ penstock whoami LOCATION
        AccountRequiresHttps: the account speaks `https` only
          - the location begins with `http://`
          > Write `https://` in the location.
        ResourceNotFound: there is no such resource, or nobody may see it without a credential
          - the name of container or account is misspelt
          - an anonymous request for something private
          $ penstock whoami LOCATION
          $ penstock container list LOCATION
        ContainerNotFound: there is no such container
          - the name is misspelt, or is in another account
          - it was deleted
          $ penstock container list LOCATION
          $ penstock container create LOCATION
        ContainerAlreadyExists: there is a container of that name
          - it was made before
          $ penstock container list LOCATION
        ContainerBeingDeleted ContainerDisabled: the container is being deleted, or is disabled
          - it was deleted less than a minute ago
          > Wait a minute and try again, or use another name.
        BlobNotFound: there is no such blob
          - the name is misspelt: letters count in their case
          - it was deleted, or has another version or snapshot
          $ penstock blob list LOCATION
        BlobAlreadyExists: there is a blob of that name, and it was not to be replaced
          - `upload` and `dump` never replace
          $ penstock blob stat LOCATION
          $ penstock upload --overwrite LOCATION
        ConditionNotMet TargetConditionNotMet: the blob is no longer what the condition says
          - another process wrote to it
          $ penstock blob stat LOCATION
        SourceConditionNotMet: the source is no longer what the condition says
          - it was written to while it was copied
          > Copy again, from a snapshot if it is still written to.
        SequenceNumberConditionNotMet: a page blob's sequence number is another
          - another process writes to the page blob
          > Let one process write.
        InvalidRange OutOfRangeInput: there are no bytes in that range
          - the blob was replaced by a shorter one
          $ penstock blob stat LOCATION
        InvalidBlockList InvalidBlockId InvalidBlobOrBlock: a block is not there, or its id does not fit those that
            are
          - another upload to the same name committed or cleared the blocks
          - blocks that another program left have ids of another length
          - the blocks are older than a week
          > Upload again; blocks that nobody commits go away after a week.
        BlockListTooLong BlockCountExceedsLimit: the blob has too many blocks
          - many unfinished uploads to the same name: 100,000 blocks that are not committed
          - blocks are too small for the size: 50,000 in a blob
          > Upload to another name, or with more `--memory`, which makes blocks larger.
        RequestBodyTooLarge InvalidInput OutOfRangeQueryParameterValue: the request is larger, or other, than the
            service takes
          - a service that stands in for Azure and takes less
          $ penstock upload --verbose LOCATION
        Md5Mismatch Crc64Mismatch InvalidMd5 BothCrc64AndMd5HeaderPresent: the bytes that arrived are not those that
            were sent
          - a proxy or a network device changes data
          - memory of this machine is damaged
          > Try again; where it comes back, look at what is between here and the service.
        InvalidBlobType ResourceTypeMismatch: the blob is of another kind than the operation is for
          - a page or append blob where a block blob is meant
          $ penstock blob stat LOCATION
        InvalidBlobTier BlobTierInadequateForContentLength CannotChangeToLowerTier: the tier does not fit the blob
            or the account
          - a premium or zone-redundant account has no such tier
          $ penstock check account ACCOUNT --for upload
        BlobArchived BlobBeingRehydrated: the blob is in the archive tier, and cannot be read now
          - a lifecycle rule moved it
          - it is on its way back, which takes up to 15 hours
          $ az storage blob set-tier --account-name ACCOUNT --container-name C --name N --tier Hot
            --rehydrate-priority High
        BlobNotArchived: the blob is not in the archive tier
          - it was brought back already
          $ penstock blob stat LOCATION
        BlobImmutableDueToPolicy BlobImmutableDueToLegalHold: the blob may not be changed or deleted yet
          - an immutability policy or a legal hold of the container, the account or the blob
          $ penstock check account ACCOUNT --for upload
          $ az storage container immutability-policy show --account-name ACCOUNT --container-name C
        BlobOverwritten: the blob was replaced while it was read
          - another process wrote to it
          > Read again.
        BlobIsSealed: the append blob is sealed
          - whoever wrote it has finished
          > Write to another name.
        BlobUsesCustomerSpecifiedEncryption: the blob is encrypted with a key that the request must show
          - another program wrote it with a key of its own
          > Read it with the program that wrote it, and write it without such a key.
        KeyVaultEncryptionKeyNotFound: the account's own key cannot be used
          - the key in the vault was deleted, disabled, or has expired
          - the account's identity may no longer use it
          $ az storage account show --name ACCOUNT --query encryption
        BlobOperationNotSupported InvalidOperation FeatureVersionMismatch NotImplemented UnsupportedHttpVerb: the
            service does not do this
          - a kind of account, or a service that stands in for Azure, without the operation
          $ penstock check account ACCOUNT --for upload
        FeatureNotYetSupportedForHierarchicalNamespaceAccounts: accounts with directories do not do this
          - `isHnsEnabled` is true
          $ az storage account show --name ACCOUNT --query isHnsEnabled
        LeaseAlreadyPresent: somebody else holds a lease
          - another process works on the same blob or container
          - one that was killed has left its lease, which ends within a minute, or never if it was made so
          $ az storage blob lease break --container-name C --blob-name N --account-name ACCOUNT
        LeaseIdMissing LeaseIdMismatchWithBlobOperation LeaseIdMismatchWithContainerOperation
        LeaseIdMismatchWithLeaseOperation: it is leased, and the request does not show that lease
          - another process holds it
          $ penstock blob stat LOCATION
        LeaseNotPresentWithBlobOperation LeaseNotPresentWithContainerOperation LeaseNotPresentWithLeaseOperation: the
            request shows a lease where there is none
          - the lease was released or broken
          > Start the operation again.
        LeaseLost: the lease that the request shows has ended
          - this process stood still for longer than the lease lasts
          - somebody broke the lease
          > Start the operation again.
        LeaseAlreadyBroken LeaseIsBrokenAndCannotBeRenewed LeaseIsBreakingAndCannotBeAcquired
        LeaseIsBreakingAndCannotBeChanged: the lease was broken, or is about to be
          - somebody broke it
          > Wait a minute, then try again.
        InfiniteLeaseDurationRequired: only a lease without an end may do this
          - another program leased it for a while
          > Release the lease, then try again.
        SnapshotsPresent: the blob has snapshots, and the request does not say what becomes of them
          - another program made them
          $ az storage blob delete --delete-snapshots include --container-name C --name N --account-name ACCOUNT
        SnapshotCountExceeded SnapshotOperationRateExceeded: there are too many snapshots, or too many at once
          - another program makes them again and again
          > Delete old snapshots, or wait.
        PendingCopyOperation: a copy to this blob is under way
          - another process copies to the same name
          $ penstock blob stat LOCATION
        NoPendingCopyOperation CopyIdMismatch: no such copy is under way
          - it has ended already
          $ penstock blob stat LOCATION
        CopyAcrossAccountsNotSupported InvalidSourceBlobUrl: this source cannot be copied from
          - the operation copies within one account only, or the source's URL is malformed
          > Check the source's URL.
        AppendPositionConditionNotMet MaxBlobSizeConditionNotMet: the append blob is longer than the request says
          - another process appended to it
          > Let one process write to it.
        ServerBusy SystemInUse: the service is busy, or the account has reached a limit
          - too many requests or bytes a second for the account
          - a failover or a migration of the account
          $ penstock upload --concurrency 4 --bandwidth 50MiB LOCATION
        InternalError OperationTimedOut: the service failed
          - a passing failure of the service
          > Try again; where it lasts, look at the service's status page with the request id.
        InsufficientStorage: the disk of the store is full
          - the disk that `penstock serve` writes to has no space left
          $ df -h DIRECTORY
        InvalidResourceName InvalidUri RequestUrlFailedToParse: the name of account, container or blob is none
          - upper case or a character that is not allowed in a container's name
          - a URL that was cut or not encoded
          > Check the location; `penstock help` lists the forms.
        InvalidMetadata EmptyMetadataKey MetadataTooLarge InvalidHeaderValue EmptyTagName DuplicateTagNames
        TagsTooLarge: metadata or tags are not what the service takes
          - a name that is no identifier, or more than 8 KiB
          > Give shorter or fewer values.
        InvalidQueryParameterValue MissingRequiredQueryParameter UnsupportedQueryParameter: a parameter of the
            request's URL is not what the service takes
          - parts of a SAS were cut or are not percent-encoded
          - a proxy changed the request
          > Copy the whole location again, between quotes.
        MissingRequiredHeader UnsupportedHeader MissingContentLengthHeader ConditionHeadersNotSupported
        MultipleConditionHeadersNotSupported InvalidHttpVerb InvalidXmlDocument InvalidXmlNodeValue
        MissingRequiredXmlNode UnsupportedXmlNode: the service does not understand the request
          - a proxy changed the request
          - a service that stands in for Azure
          $ penstock upload --verbose LOCATION
        """#
}
