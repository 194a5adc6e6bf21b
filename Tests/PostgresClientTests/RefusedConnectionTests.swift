import Diagnostics
import Glibc
import PostgresClient
import SystemCalls
import TestSupport
import Testing

@Suite("A connection that is not made")
struct RefusedConnectionTests {
    private func failure(_ parameters: ConnectionParameters, timeout: Duration = .seconds(20)) async throws
        -> PostgresError
    {
        let error = await #expect(throws: PostgresError.self) {
            try await withPostgresConnection(parameters, log: .silent, timeout: timeout) { _ in
                Issue.record("it was made")
                return ()
            }
        }
        return try #require(error)
    }

    @Test("to a place where nobody listens is unreachable", arguments: ["/nonexistent", "127.0.0.1", "host.invalid"])
    func nobody(host: String) async throws {
        let error = try await failure(ConnectionParameters(host: host, port: "1", user: "u", target: "d"))
        #expect(error.kind == .unreachable)
        #expect(error.exitCode == .unreachable)
        #expect(error.summary.contains(host))
        #expect(error.remedy != nil)
    }

    @Test(
        "with settings that make no sense names the mistake but no password",
        arguments: [
            "postgresql://u:hunter2@%zz/db", "postgresql://u:hunter2@host:notaport/db", "host=h password='hunter2",
            "postgresql://u:hunter2%zz@host/db", "password=hunter2 nosuch=1", "host=h hunter2", "sslmode=hunter2",
            "port=hunter2", "postgresql://[::1/hunter2", "service=hunter2",
        ])
    func badSettings(target: String) async throws {
        let parameters = ConnectionParameters(target: target)
        let error = try await failure(parameters)
        #expect(error.kind == .badSettings)
        #expect(error.exitCode == .wrongUsage)
        var dumped = ""
        dump(parameters, to: &dumped)
        for text in [Explanation(error).text, "\(parameters)", dumped, String(reflecting: parameters)] {
            #expect(!text.contains("hunter2"))
        }
    }

    @Test("with a NUL in a name is refused, not cut short")
    func nul() async throws {
        #expect(try await failure(ConnectionParameters(host: "/tmp", user: "a\0b")).kind == .badSettings)
        let other = ConnectionParameters(host: "/tmp").database(named: "a\0b")
        #expect(try await failure(other).kind == .badSettings)
    }

    @Test("to a server that never answers ends when the time is over", arguments: [false, true])
    func silent(cancelled: Bool) async throws {
        let listener = try SilentListener()
        let parameters = ConnectionParameters(host: "127.0.0.1", port: "\(listener.port)", user: "u", target: "d")
        guard cancelled else {
            let error = try await failure(parameters, timeout: .milliseconds(50))
            #expect(error.kind == .unreachable)
            return
        }
        let task = Task {
            try await withPostgresConnection(parameters, log: .silent, timeout: .seconds(600)) { _ in }
        }
        // On a thread of its own: the task needs one of the shared pool's to connect.
        try await ThreadPool(name: "listener", width: 1).run { try listener.waitForConnection() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test(
        "with a wrong password, no password, an unknown role or an unknown database says so", .tags(.postgres),
        .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
    func refused() async throws {
        let cluster = try await PostgresCluster.shared(.password)
        func target(_ user: String, _ password: String?, _ database: String) -> ConnectionParameters {
            let word = password.map { " password='\($0)'" } ?? ""
            return ConnectionParameters(
                host: cluster.host, port: cluster.port, target: "user=\(user) dbname=\(database)\(word)")
        }
        let wrong = try await failure(target("postgres", "hunter2", "postgres"))
        #expect(wrong.kind == .authenticationFailed)
        #expect(wrong.sqlState == "28P01")
        #expect(wrong.exitCode == .notPermitted)
        #expect(wrong.message == #"password authentication failed for user "postgres""#)
        #expect(!Explanation(wrong).text.contains("hunter2"))
        #expect(try await failure(target("postgres", nil, "postgres")).kind == .authenticationFailed)
        #expect(try await failure(target("nobody_there", "x", "postgres")).kind == .authenticationFailed)
        let right = PostgresCluster.superuserPassword.map { "'\\".contains($0) ? "\\\($0)" : "\($0)" }.joined()
        let missing = try await failure(target("postgres", right, "nosuch"))
        #expect(missing.kind == .noSuchDatabase)
        #expect(missing.sqlState == "3D000")
        #expect(missing.exitCode == .notFound)
        #expect(missing.summary == #"the PostgreSQL server says: database "nosuch" does not exist"#)
    }
}

/// A socket on loopback that takes connections and says nothing.
struct SilentListener: ~Copyable {
    let socket: Descriptor
    let port: UInt16

    init() throws {
        socket = Descriptor(owning: Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let number = socket.number
        let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(number, $0, length) == 0 && listen(number, 8) == 0
                    && getsockname(number, $0, &length) == 0
            }
        }
        try #require(bound)
        port = UInt16(bigEndian: address.sin_port)
    }

    /// Blocks until somebody has connected.
    func waitForConnection() throws {
        let event = try Event()
        try #require(try event.wait(or: socket.number, isReadyFor: .reading, atMost: .seconds(20)) == .ready)
    }
}
