import Diagnostics
import PostgresClient
import Subprocesses
import TestSupport
import Testing

/// A hot standby of a cluster that has `synchronous_commit=on`, in a directory of the cluster's own; it ends with it.
struct Standby: Sendable {
    /// The directory of its socket; libpq's `host`.
    let host: String
    private let primary: PostgresCluster

    /// - Parameter settings: Such as `max_standby_streaming_delay=0`.
    static func start(of primary: PostgresCluster, settings: [String]) async throws -> Standby {
        let host = primary.host + "/standby"
        let script = """
            as() {
                if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --init-groups "$@"; else "$@"; fi
            }
            cd /
            as "$1/pg_basebackup" -h "$2" -U postgres -D "$3" -R -X stream --no-sync --checkpoint=fast &&
            as "$1/pg_ctl" start -D "$3" -l "$3.log" -w -t 60 -s -o "-c listen_addresses= -c fsync=off -c hot_standby=on \
                -c unix_socket_directories=$3 -c shared_buffers=32MB -c cluster_name=standby $4" >/dev/null 2>&1 </dev/null
            """
        let words = [
            "-c", script, "sh", primary.programs, primary.host, host,
            settings.map { "-c \($0)" }.joined(separator: " "),
        ]
        try await Program.run(
            Command(executable: "/bin/sh", arguments: words, environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
        ).expecting()
        return Standby(host: host, primary: primary)
    }

    /// The program, with the way to the standby.
    func penstock(_ place: Place) -> Penstock {
        var penstock = place.penstock(primary)
        penstock.environment["PGHOST"] = host
        return penstock
    }

    /// The first value of the first row.
    func value(_ query: String, _ parameters: [String?] = []) async throws -> String? {
        let parameters = (
            connection: ConnectionParameters(host: host, port: primary.port, user: primary.superuser),
            values: parameters
        )
        return try await withPostgresConnection(
            parameters.connection.database(named: "postgres"), log: .silent
        ) { try await $0.query(query, parameters.values).firstValue }
    }

    /// Waits until it has done all that the primary has done until now.
    func catchUp() async throws {
        let position = try await primary.value("SELECT pg_current_wal_flush_lsn()")
        try await eventually("a standby at \(position ?? "")") {
            try await value("SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn", [position]) == "t"
        }
    }
}
