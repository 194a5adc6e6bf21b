import Diagnostics
import Glibc
import Subprocesses
import Synchronization
import SystemCalls

/// A PostgreSQL cluster of this test process alone: made when the first test needs it, gone when the process ends.
///
/// It listens only on a socket in its own temporary directory. A shell that watches a pipe from this process stops the
/// server and removes the directory when the process ends, however it ends. As root, the server runs as `postgres`.
public final class PostgresCluster: Sendable {
    public enum Authentication: String, Sendable {
        case trust
        /// Every role needs a password; the superuser's is ``superuserPassword``.
        case password = "scram-sha-256"
    }

    /// The directory of the socket; libpq's `host`.
    public let host: String
    public let port = "5432"
    public let superuser = "postgres"
    public static let superuserPassword = "cluster password ' \\ ="
    /// The directory of the server's own programs.
    public let programs: String
    /// While this end of the pipe is open, the server runs.
    private let life: Descriptor

    private init(host: String, programs: String, life: consuming Descriptor) {
        self.host = host
        self.programs = programs
        self.life = life
    }

    /// The newest version whose server programs are installed; `nil` if there is none.
    public static let installedPrograms: String? = {
        let root = "/usr/lib/postgresql"
        let versions = ((try? Files.names(in: root)) ?? []).compactMap { Int($0) }.sorted(by: >)
        return versions.map { "\(root)/\($0)/bin" }.first { Files.isExecutable($0 + "/initdb") }
    }()

    /// For `.enabled(if:_:)`.
    public static var isInstalled: Bool { installedPrograms != nil }
    public static var skipReason: String { "the PostgreSQL server programs are not installed in /usr/lib/postgresql" }

    /// The cluster that all tests of this process share; tests make databases and roles of their own in it.
    ///
    /// - Parameter purpose: Tests that look at the whole server give theirs a purpose of its own: then nobody else makes
    ///   databases in it.
    public static func shared(
        _ authentication: Authentication = .trust, for purpose: String = ""
    ) async throws -> PostgresCluster {
        let key = Key(authentication: authentication, purpose: purpose)
        let task = clusters.withLock { clusters in
            if let task = clusters[key] { return task }
            let task = Task { try await start(authentication, settings: []) }
            clusters[key] = task
            return task
        }
        return try await task.value
    }

    /// A cluster of the caller's own, which is gone when nobody holds it any more.
    ///
    /// Whatever else runs in a directory directly below ``host``, such as a restored copy of it, goes with it.
    ///
    /// - Parameters:
    ///   - settings: Settings that need a start, such as `archive_mode=on`.
    ///   - programs: The directory of another version's programs.
    ///   - language: In which the server speaks, such as `de`, if it can: see ``speaks(_:)``.
    public static func alone(
        settings: [String] = [], programs: String? = nil, language: String? = nil
    ) async throws -> PostgresCluster {
        try await start(.trust, settings: settings, programs: programs, language: language)
    }

    /// Whether messages of the server are there in a language.
    public static func speaks(_ language: String) -> Bool {
        guard let version = installedPrograms?.split(separator: "/").dropLast().last else { return false }
        return Files.exists("/usr/share/locale/\(language)/LC_MESSAGES/postgres-\(version).mo")
    }

    private struct Key: Hashable {
        let authentication: Authentication
        let purpose: String
    }

    private static let clusters = Mutex<[Key: Task<PostgresCluster, any Error>]>([:])

    /// A name for a database or a role that no other test has.
    public static func uniqueName(_ prefix: String) -> String {
        let number = names.withLock { number in
            number += 1
            return number
        }
        return "\(prefix)_\(number)"
    }

    private static let names = Mutex(0)

    /// The environment with which a client program reaches the cluster as its superuser.
    public func environment(database: String = "postgres") -> [String: String] {
        [
            "PATH": programs + ":/usr/bin:/bin", "PGHOST": host, "PGPORT": port, "PGUSER": superuser,
            "PGDATABASE": database, "PGPASSWORD": Self.superuserPassword, "LC_ALL": "C.UTF-8",
        ]
    }

    private static func start(
        _ authentication: Authentication, settings: [String], programs: String? = nil, language: String? = nil
    ) async throws -> PostgresCluster {
        guard let programs = programs ?? installedPrograms else { throw Missing() }
        let directory = try Files.makeTemporaryDirectory(in: "/tmp", prefix: "penstock-pg-")
        let life = try Pipe()
        let command = Command(
            executable: "/bin/sh",
            arguments: [
                "-c", script, "sh", directory, programs, authentication.rawValue, superuserPassword,
                settings.map { "-c \($0)" }.joined(separator: " "),
            ],
            environment: [
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "LANGUAGE": language ?? "",
            ])
        // In a session of its own, the shell outlives the scope; it ends when this process's end of the pipe is closed.
        let supervisor = Command(
            executable: "/usr/bin/setsid", arguments: ["--fork", command.executable] + command.arguments,
            environment: command.environment)
        let answer = try await withSubprocess(
            supervisor, standardInput: .descriptor(life.reading), standardOutput: .pipe
        ) { process in
            var answer: [UInt8] = []
            while !answer.elementsEqual("ready\n".utf8) {
                let piece = try await [UInt8].filled(capacity: 4096) { try await process.output.read(into: &$0) }
                if piece.isEmpty { break }
                answer += piece
            }
            return String(decoding: answer, as: UTF8.self)
        }
        guard answer == "ready\n" else { throw Failed(answer: answer) }
        return PostgresCluster(host: directory, programs: programs, life: try life.writing.duplicate())
    }

    /// Makes the cluster, starts it, says `ready`, waits for the end of its input, then stops and removes everything.
    private static let script = """
        directory=$1 programs=$2 authentication=$3 password=$4 settings=$5
        as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --init-groups "$@"; else "$@"; fi; }
        trap '' HUP INT TERM PIPE
        cd /
        exec 2>"$directory/start.log"
        if [ "$(id -u)" = 0 ]; then chown postgres "$directory"; fi
        printf '%s' "$password" >"$directory/password"
        chmod 644 "$directory/password"
        as "$programs/initdb" -D "$directory/data" -U postgres -A "$authentication" --pwfile="$directory/password" \\
            -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null 2>"$directory/initdb.log" </dev/null &&
        as "$programs/pg_ctl" start -D "$directory/data" -l "$directory/server.log" -w -t 60 -s -o "\\
            -c listen_addresses= -c unix_socket_directories=$directory -c fsync=off -c synchronous_commit=off \\
            -c full_page_writes=off -c shared_buffers=32MB -c max_connections=60 -c cluster_name=penstock-tests \\
            $settings" \\
            >/dev/null 2>&1 </dev/null &&
        echo ready || cat "$directory"/*.log
        exec >/dev/null
        cat >/dev/null
        for pid in "$directory"/*/postmaster.pid; do
            as "$programs/pg_ctl" stop -D "$(dirname "$pid")" -m immediate -w -s >/dev/null 2>&1 </dev/null
        done
        rm -rf "$directory"
        """

    struct Missing: Error {}
    struct Failed: Error { let answer: String }
}
