extension ErrorReference {
    /// States of PostgreSQL that matter to dumping and restoring.
    ///
    /// Source: <https://www.postgresql.org/docs/current/errcodes-appendix.html>
    static let postgres = #"""
        28P01: the password is wrong
          - `PGPASSWORD`, `~/.pgpass` or the secret holds an old one
          - the role does not exist: servers do not tell the two apart
          - with `--pg-auth entra`: the role was not created for the identity, or in another case
          $ psql -h HOST -U ROLE -d postgres -c "select current_user"
        28000: the server does not let this role in from here
          - `pg_hba.conf` has no line for this host, database and role, or wants TLS
          - the role may not log in
          - a token has expired, or is for another service
          $ psql -h HOST -U postgres -c "select * from pg_hba_file_rules"
        3D000: there is no such database
          - the name is misspelt: names count in their case
          $ psql -h HOST -l
        3F000: there is no such schema
          - it is in another database, or the search path does not name it
          $ psql -d DB -c "\dn"
        42501: the role may not do this
          - it does not own the object, or lacks a grant
          - a managed server keeps it for its own administrator
          $ psql -d DB -c "\dp TABLE"
          $ psql -d DB -c "grant pg_read_all_data to ROLE"
        42P01: there is no such table
          - it was dropped, or is in another schema
          $ psql -d DB -c "\dt *.*"
        42704: there is no such object: a role, a type, a tablespace or an extension
          - roles or tablespaces were not restored
          - the extension is not installed on this server
          $ penstock restore LOCATION --roles --tablespaces
          $ psql -c "select name from pg_available_extensions"
        42883: there is no such function
          - an extension is missing, or is older
          $ psql -d DB -c "select * from pg_available_extensions"
        42P04: there is a database of that name
          - an earlier restore made it
          $ penstock restore LOCATION -d DB --clean --if-exists
        42P06 42P07 42710: there is an object of that name
          - the database is not empty
          $ penstock restore LOCATION -d DB --clean --if-exists
        23505: two rows have the same key
          - rows were there before the restore
          $ penstock restore LOCATION -d DB --clean --if-exists
        23503: a row refers to one that is not there
          - a part of the tables was restored
          - the data was damaged before it was dumped
          $ penstock restore LOCATION -d DB
        22P02 22P03 22021 22P05: a value is not what its type takes
          - the database has another encoding or an older type
          $ psql -l
        42601: the server does not understand the statement
          - the dump comes from a newer server
          $ psql -c "select version()"
        0A000: the server does not do this
          - an older server, or a managed one with less
          $ psql -c "select version()"
        25006: the server or the transaction is read-only
          - a standby, or `default_transaction_read_only`
          $ psql -c "select pg_is_in_recovery()"
        40001 40P01: the transaction lost against another
          - two transactions wait for each other
          > Try again, with fewer `--jobs`.
        53100: the server's disk is full
          - tables, indexes or WAL fill it
          $ psql -c "select pg_size_pretty(sum(pg_database_size(oid))) from pg_database"
        53200: the server has no memory left
          - `maintenance_work_mem` or too many locks: `max_locks_per_transaction`
          $ psql -c "show max_locks_per_transaction"
        53300: the server takes no more connections
          - `max_connections` is reached, also by a pool
          $ psql -c "select count(*), usename from pg_stat_activity group by 2"
        53400: a limit of the server's settings is reached
          - temporary files or slots are limited
          $ psql -c "show temp_file_limit"
        55P03: a lock could not be had
          - somebody holds the table
          $ psql -c "select * from pg_stat_activity where wait_event_type = 'Lock'"
        55006: the object is in use
          - somebody is connected to the database that is to be dropped
          $ psql -c "select pid, usename, application_name from pg_stat_activity where datname = 'DB'"
        55000: the object is not in the state that this needs
          - a setting such as `wal_level` is another
          $ psql -c "show wal_level"
        57014: the statement was cancelled
          - `statement_timeout`, or somebody cancelled it
          $ psql -c "show statement_timeout"
        57P01 57P02: the server stopped the connection
          - it was stopped or restarted, or an administrator ended the session
          $ psql -c "select pg_postmaster_start_time()"
        57P03: the server is starting or stopping
          - it was restarted moments ago
          $ pg_isready -h HOST
        57P05: the session was idle for too long
          - `idle_session_timeout`
          $ psql -c "show idle_session_timeout"
        25P03: the transaction was idle for too long
          - `idle_in_transaction_session_timeout`
          $ psql -c "alter role ROLE set idle_in_transaction_session_timeout = 0"
        58P01 58030: the server could not read one of its files
          - its disk is damaged, or a file was removed
          > Look into the server's log before anything else is written.
        XX000 XX001 XX002: the server found itself damaged, or failed
          - a table or an index is damaged
          $ pg_amcheck --all
        08001 08004 08006: the connection could not be made, or broke
          - a firewall or a proxy ended it, or the server stopped
          $ pg_isready -h HOST
        08P01: the two sides do not understand each other
          - a pool between here and the server
          > Connect to the server itself, past the pool.
        """#
}
