extension ErrorReference {
    /// Codes of stores, transfers, archives, recovery points, dumps, restores and the programs that they run.
    static let penstockTransfers = #"""
        store.container-not-found store.blob-not-found: there is nothing of that name
          - it is misspelt, or was deleted
          $ penstock container list LOCATION
          $ penstock blob list LOCATION
        store.container-already-exists store.blob-already-exists: there is something of that name
          - an earlier run made it; nothing is replaced unasked
          $ penstock blob stat LOCATION
        store.container-being-deleted: the container is being deleted
          - it was deleted less than a minute ago
          > Wait a minute and try again, or use another name.
        store.condition-not-met store.not-modified: the blob is no longer, or still, what it was
          - another process writes to it, or nobody did
          $ penstock blob stat LOCATION
        store.invalid-range: the blob has no bytes in that range
          - it was replaced by a shorter one
          $ penstock blob stat LOCATION
        store.invalid-block-list store.invalid-block-id store.block-list-too-long store.too-many-blocks: the blob's
            blocks cannot
            be put together
          - another upload to the same name, or one that another program left
          > Upload again, or to another name.
        store.too-large store.append-position store.append-too-long store.sealed: the blob cannot take these bytes
          - a service that takes less, or another process that writes to it
          $ penstock blob stat LOCATION
        store.digest-mismatch: bytes were damaged on the way
          - a proxy, a network device or memory changes data
          > Try again; where it comes back, look at what is between here and the service.
        store.not-authenticated: the service does not accept the credential
          - a wrong key, a SAS that was cut, a clock that is off
          $ penstock whoami LOCATION
        store.not-authorized: the credential may not do this
          - a role or a permission of the SAS is missing, or the firewall does not let this machine in
          $ penstock whoami LOCATION
          $ penstock check account ACCOUNT --for upload
        store.credential-unavailable: no token could be had in the middle of a transfer
          - whoever gives tokens did not answer for as long as `--retry-for`
          $ penstock whoami LOCATION
        store.busy store.server-failure store.unreachable: the service did not answer for as long as `--retry-for`
          - no way there, too many requests at once, or an outage
          $ penstock container list LOCATION
        store.outcome-unknown: the answer to a write was lost
          - the connection broke after the request
          $ penstock blob stat LOCATION
        store.no-space: the store's disk is full
          - the disk of `penstock serve` or of a `file://` location
          $ df -h DIRECTORY
        store.unsupported store.bad-request: the service does not do, or does not understand, what was asked
          - a kind of account, or a service in Azure's place, that does less
          $ penstock check account ACCOUNT --for upload
        store.lease-already-present store.lease-id-missing store.lease-id-mismatch
        store.lease-id-mismatch-with-lease: it is leased
            to somebody else
          - another process works on it
          $ az storage blob lease break --container-name C --blob-name N --account-name ACCOUNT
        store.lease-not-present store.lease-not-present-with-lease store.lease-lost store.lease-breaking
        store.lease-breaking-change store.lease-broken: the lease is no longer there
          - somebody broke it, or this process stood still for too long
          > Start the operation again.
        store.snapshots-present: the blob has snapshots
          - another program made them
          $ az storage blob delete --delete-snapshots include --container-name C --name N --account-name ACCOUNT
        store.wrong-blob-kind: the blob is of another kind
          - a page or append blob in the place of a block blob
          $ penstock blob stat LOCATION
        store.archived: the blob is in the archive tier
          - a lifecycle rule moved it there
          $ az storage blob set-tier --account-name ACCOUNT --container-name C --name N --tier Hot
        store.copy-pending store.no-copy-pending store.copy-id-mismatch: a copy is under way, or is not
          - another process copies to the same name
          $ penstock blob stat LOCATION
        store.corrupt: what the store holds, or answered, makes no sense
          - another program wrote into the directory, or answers at the address
          $ penstock verify LOCATION
        directory.in-use: another process uses the directory store
          - `penstock serve` has it
          $ fuser -v DIRECTORY
        directory.missing directory.not-a-store directory.unusable directory.newer-format directory.closed: the
            directory is no
            store that can be used
          - another path, another user's, or one that a newer Penstock wrote
          $ ls -la DIRECTORY
        directory.corrupt directory.damaged-block index.corrupt: the directory store is damaged
          - its disk failed, or another program wrote into it
          $ penstock verify LOCATION
        directory.too-many-files directory.file-missing directory.file-cut: a directory dump is not whole, or too
            large
          - files were moved or cut
          $ penstock verify LOCATION
        index.busy index.constraint index.failed index.not-permitted index.no-space: the store's index cannot be
            written
          - a full disk, another user's file, or another process
          $ df -h DIRECTORY
        stream.ended-early stream.too-long stream.block-beyond-budget: a stream is shorter or longer than was said
          - the other side ended it
          > Try again.
        transfer.too-little-memory transfer.stream-too-long transfer.hint-beyond-cap: the stream does not fit into
            50,000 blocks of
            this memory
          - `--memory` is small for so large a stream
          > Give more `--memory`.
        transfer.damaged transfer.wrong-size transfer.unreadable-digest: what arrived is not what was uploaded
          - bytes were changed in the store or on the way
          $ penstock blob stat LOCATION
        transfer.empty-stream: there was nothing to upload
          - the program before the pipe failed
          > Look at that program; `--allow-empty` uploads nothing on purpose.
        compression.beyond-end compression.damaged compression.failed compression.no-memory: compressed bytes cannot
            be read or made
          - the archive is damaged, or memory is short
          $ penstock verify LOCATION
        archive.contents-too-large: the table of contents does not fit into `--memory`
          - a database of very many objects
          > Give more `--memory`.
        archive.damaged archive.dependency-cycle archive.empty archive.integer-sizes archive.member-missing
        archive.member-repeated
        archive.member-unexpected archive.not-custom archive.offset-mismatch archive.truncated: the archive is not
            one, or not whole
          - the file was cut, or another program wrote it
          $ penstock verify LOCATION
        archive.version-too-new archive.version-too-old: another version of pg_dump wrote the archive
          - one older than 9, or newer than Penstock knows
          $ pg_restore --version
        xml.document-type xml.malformed xml.tag-too-long xml.too-complex: an answer is no XML that is accepted
          - something else than the service answers at the address
          $ curl -sSv https://HOST/
        catalog.exists catalog.leftovers: there is a recovery point of that name, or what is left of one
          - an earlier run, or one that was killed before its end
          $ penstock orphans LOCATION
        catalog.none catalog.not-found: there is no such recovery point
          - another container or folder, or a name that is misspelt
          $ penstock list LOCATION
        catalog.manifest-too-large manifest.not-a-manifest manifest.from-the-future manifest.malformed
        manifest.not-a-marker
        manifest.digest: the recovery point's manifest or marker cannot be used
          - it was changed, or a newer Penstock wrote it
          $ penstock verify LOCATION
        verify.archive-damaged verify.blob-changed verify.blob-missing verify.blob-unreadable verify.digest-differs
        verify.manifest-contradicts verify.manifest-missing verify.manifest-replaced verify.manifest-unreadable
        verify.marker-differs
        verify.marker-unreadable verify.member-damaged verify.member-differs verify.member-missing
        verify.piece-damaged
        verify.piece-unreadable verify.rows-unfinished verify.script-unfinished verify.size-differs: the recovery
            point is not what
            was written
          - bytes were changed or lost in the store
          $ penstock verify LOCATION
        verify.blob-unnamed verify.bytes-unproven verify.foreign verify.marker-missing verify.no-digest
        verify.no-manifest
        verify.not-parsed: a part of the recovery point cannot be proved
          - another program wrote it, or an old version of this one
          $ penstock verify LOCATION
        postgres.bad-settings: the connection's settings cannot be used
          - a misspelt option, URI or service
          > Check `-d`, `-h`, `-p`, the service file and the `PG*` variables.
        postgres.unreachable postgres.not-accepting: the server takes no connections
          - it is down or starting, or a firewall is in between
          $ pg_isready -h HOST
        postgres.connection-lost: the connection ended while it was used
          - the server was stopped, or a network device ended it
          $ psql -h HOST -c "select pg_postmaster_start_time()"
        postgres.authentication-failed: the server does not let us in
          - a wrong password or role, or a line that is missing in `pg_hba.conf`
          - a secret that was rotated after it was read
          $ psql -h HOST -U ROLE -d postgres -c "select current_user"
        postgres.no-such-database dump.no-such-database: there is no such database
          - its name is misspelt: names count in their case
          $ psql -h HOST -l
        postgres.exists: what was to be made exists
          - the database is not empty
          $ penstock restore LOCATION -d DB --clean --if-exists
        postgres.not-permitted: the role may not do this
          - it does not own the object, or lacks a grant
          $ psql -d DB -c "\du"
        postgres.no-space: the server has no space, memory or other resource left
          - its disk is full, or a limit is reached
          $ psql -c "select pg_size_pretty(sum(pg_database_size(oid))) from pg_database"
        postgres.query-failed: the server refused a statement
          - the message has its SQLSTATE, which `penstock explain` knows
          $ psql -c "select version()"
        dump.failed dump.script-unfinished dump.table-failed dump.unreadable: a program that dumps failed
          - a table that may not be read, a connection that broke
          $ penstock dump --verbose -d DB --to LOCATION
        dump.compressed-by-tool dump.method-unknown: pg_dump cannot compress so
          - an older version, or a method that is not known
          $ penstock help dump
        dump.no-connections dump.pooled: the databases cannot be dumped through this connection
          - they allow no connections, or a pool is in between
          > Connect to the server itself, past the pool.
        dump.roles-failed dump.tablespaces-failed: roles or tablespaces could not be dumped
          - managed servers do not show passwords of roles
          $ penstock dump --no-role-passwords -d DB --to LOCATION
        dump.tables-change dump.table-renamed dump.rows-missing: tables changed while they were dumped
          - a migration ran
          > Dump again when it has ended.
        dump.snapshot-lost dump.snapshot-too-old: the common snapshot went away
          - its session was ended, or `old_snapshot_threshold` is short
          $ psql -c "show idle_in_transaction_session_timeout"
        tools.missing: pg_dump, pg_restore or psql was not found
          - PostgreSQL's client programs are not installed
          $ penstock dump --pg-bin DIRECTORY -d DB --to LOCATION
        tools.not-understood tools.option-unsupported tools.too-new tools.too-old: a client program is of a version
            that does not fit
          - it is older than the server
          $ pg_dump --version
        process.failed process.input-refused process.input-unfinished process.messages: a program that was run failed
          - its own words are in the message
          > Read what the program says.
        process.not-found process.not-started: a program could not be started
          - it is not installed, or there are too many processes
          $ command -v PROGRAM
        restore.failed restore.member-failed restore.script-failed restore.cannot-clean restore.cannot-rename: the
            server did not
            take what was restored
          - objects exist, or roles, extensions or rights are missing
          $ penstock restore LOCATION -d DB --verbose
        restore.unknown-database restore.nothing restore.no-roles restore.no-tablespaces restore.unknown-format
        restore.needs-archive restore.unreadable: the recovery point has nothing to restore so
          - a name is misspelt, or a part was not dumped
          $ penstock show LOCATION
        restore.same-target restore.target-missing restore.target-occupied restore.tables-exist: the database to
            restore into is not
            as it should be
          - it is not there, or has the same tables already
          $ penstock restore LOCATION --create
        restore.continue-needs-jobs restore.nothing-to-continue restore.other-archive restore.still-written
        restore.under-way: the
            restore cannot be continued so
          - another one runs, or nothing was begun
          $ penstock help restore
        selection.unknown-name selection.nothing selection.unknown-entry selection.list-unreadable
        selection.list-empty
        selection.list-for-several selection.not-custom selection.listing-failed selection.listing-not-understood: the
            selection fits
            nothing in the archive
          - a name is misspelt, or the list is another archive's
          $ penstock show LOCATION
        dump.lock-failed dump.table-not-readable: a table cannot be locked or read by the sessions of the dump
          - the role lacks SELECT on it or USAGE on its schema, or somebody holds a stronger lock
          $ psql -c "grant pg_read_all_data to ROLE"
        dump.names-unreadable: names of tables are in no known encoding
          - the database has the encoding SQL_ASCII
          $ penstock dump -d DB --to LOCATION --jobs 1
        dump.other-server: sessions of one dump came to different servers
          - a load balancer or a list of hosts is in front of them
          $ penstock dump -h HOST -d DB --to LOCATION
        copy.other-content: something else is there already under that name
          - an earlier copy of another state, or another file
          $ penstock blob stat LOCATION
        copy.source-changed copy.damaged copy.different copy.not-as-manifest: the copy is not what the source is
          - another process writes to the source, or bytes were damaged on the way; nothing became visible
          $ penstock copy SOURCE DESTINATION
        copy.server-refused copy.way: the services do not copy between these places by themselves
          - a firewall, `allowedCopyScope`, a credential that the source does not take, or a directory of this machine
          $ penstock check account ACCOUNT --for copy-destination
          $ penstock copy SOURCE DESTINATION --mode stream
        copy.same-blob copy.nothing: there is nothing to copy so
          - source and destination are one, or the source holds nothing
          $ penstock blob list LOCATION
        """#
}
