import Diagnostics
import PostgresClient
import Synchronization
import TestSupport
import Testing

/// Gives passwords out of a list, one after the other; the last again and again.
private final class ListedPasswords: PasswordSource {
    private let list: [String]
    private let state = Mutex((given: 0, rejected: [String]()))

    init(_ list: String...) { self.list = list }

    var given: Int { state.withLock { $0.given } }
    var rejected: [String] { state.withLock { $0.rejected } }

    func password(replacing rejected: Secret<String>?) async throws -> Secret<String> {
        state.withLock { state in
            state.given += 1
            if let rejected { state.rejected.append(rejected.reveal { $0 }) }
            return Secret(list[min(state.given, list.count) - 1])
        }
    }
}

@Suite(
    "A password that changes", .tags(.postgres),
    .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
struct ChangingPasswordTests {
    private let right = PostgresCluster.superuserPassword

    private func parameters(_ cluster: PostgresCluster, _ passwords: ListedPasswords) -> ConnectionParameters {
        // The one of the target is not the one that counts.
        ConnectionParameters(
            host: cluster.host, port: cluster.port, user: cluster.superuser, target: "dbname=postgres password=no",
            passwords: passwords)
    }

    @Test("is asked for at each connection")
    func eachTime() async throws {
        let cluster = try await PostgresCluster.shared(.password)
        let passwords = ListedPasswords(right)
        for _ in 0..<3 {
            try await withPostgresConnection(parameters(cluster, passwords), log: .silent) { connection in
                #expect(connection.childEnvironment(inheriting: [:])["PGPASSWORD"] == right)
            }
        }
        #expect(passwords.given == 3)
        #expect(passwords.rejected.isEmpty)
    }

    @Test("that the server refuses is replaced once")
    func refused() async throws {
        let cluster = try await PostgresCluster.shared(.password)
        let passwords = ListedPasswords("expired", right)
        try await withPostgresConnection(parameters(cluster, passwords), log: .silent) {
            _ = try await $0.query("SELECT 1")
        }
        #expect(passwords.rejected == ["expired"])
        let wrong = ListedPasswords("expired", "expired too", right)
        let error = await #expect(throws: PostgresError.self) {
            try await withPostgresConnection(parameters(cluster, wrong), log: .silent) { _ in }
        }
        #expect(error?.kind == .authenticationFailed)
        #expect(wrong.given == 2)
        let same = ListedPasswords("expired")
        await #expect(throws: PostgresError.self) {
            try await withPostgresConnection(parameters(cluster, same), log: .silent) { _ in }
        }
    }

    @Test("is the one of now in the environment of a child")
    func child() async throws {
        let changing = ConnectionParameters(passwords: ListedPasswords("now"))
        #expect(
            try await changing.renewingPassword(in: ["A": "b", "PGPASSWORD": "then"]) == [
                "A": "b", "PGPASSWORD": "now",
            ])
        #expect(try await ConnectionParameters().renewingPassword(in: ["PGPASSWORD": "then"]) == ["PGPASSWORD": "then"])
    }
}

@Suite("A password that changes, on a network", .timeLimit(.minutes(1)))
struct ChangingPasswordOnNetworkTests {
    /// What the client of a server without TLS sends, at 0.0.0.0: this machine, but not by one of its loopback names.
    private func sent(_ target: String, _ passwords: (any PasswordSource)?) async throws -> [UInt8] {
        let bytes = KeptBytes()
        let server = try ScriptedServer { connection in
            while case let piece = try connection.receive(atMost: 4096), !piece.isEmpty {
                bytes.add(piece)
                guard piece.starts(with: KeptBytes.request) else { return }
                try connection.send("N")
            }
        }
        let parameters = ConnectionParameters(
            host: "0.0.0.0", port: "\(server.port)", user: "u", target: "dbname=d gssencmode=disable \(target)",
            passwords: passwords)
        await #expect(throws: PostgresError.self) {
            try await withPostgresConnection(parameters, log: .silent) { _ in }
        }
        return bytes.all
    }

    @Test("is not shown without TLS, whatever mode is set", arguments: ["", "sslmode=prefer", "sslmode=disable"])
    func withoutTLS(mode: String) async throws {
        #expect(try await sent(mode, ListedPasswords("token")) == KeptBytes.request)
    }

    @Test("is what makes the difference")
    func control() async throws {
        #expect(try await sent("", nil).count > KeptBytes.request.count)
        #expect(try await !sent("sslmode=disable", nil).starts(with: KeptBytes.request))
    }
}

private final class KeptBytes: Sendable {
    /// What asks a server whether it speaks TLS.
    static let request: [UInt8] = [0, 0, 0, 8, 4, 210, 22, 47]
    private let bytes = Mutex<[UInt8]>([])

    var all: [UInt8] { bytes.withLock { $0 } }
    func add(_ piece: [UInt8]) { bytes.withLock { $0 += piece } }
}
