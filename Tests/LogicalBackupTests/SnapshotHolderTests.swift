import Diagnostics
import PostgresClient
import TestSupport
import Testing

@testable import LogicalBackup

@Suite("The session that holds a snapshot")
struct SnapshotHolderTests {
    /// A server of the wire protocol that answers every statement with one value.
    private static func server(announcing process: UInt8, answering value: String) throws -> ScriptedServer {
        try ScriptedServer { connection in
            guard try !connection.receive(atMost: 4096).isEmpty else { return }
            let version = Array("server_version\0".utf8) + Array("15.4\0".utf8)
            try connection.send(
                message("R", [0, 0, 0, 0]) + message("S", version)
                    + message("K", [0, 0, 0, process, 1, 2, 3, 4]) + message("Z", Array("I".utf8)))
            while try !connection.receive(atMost: 4096).isEmpty {
                let column: [UInt8] = [0, 1] + Array("pid\0".utf8) + [0, 0, 0, 0, 0, 0, 0, 0, 0, 23, 0, 4]
                let row = [0, 1, 0, 0, 0, UInt8(value.utf8.count)] + Array(value.utf8)
                try connection.send(
                    message("1", []) + message("2", []) + message("T", column + [255, 255, 255, 255, 0, 0])
                        + message("D", row) + message("C", Array("SELECT 1\0".utf8)) + message("Z", Array("I".utf8)))
            }
        }
    }

    private static func message(_ type: Character, _ body: [UInt8]) -> [UInt8] {
        Array(String(type).utf8) + [0, 0, 0, UInt8(body.count + 4)] + body
    }

    private static func connected<Output>(
        to server: ScriptedServer, _ body: (PostgresConnection) async throws -> Output
    ) async throws -> Output {
        let parameters = ConnectionParameters(
            host: "127.0.0.1", port: "\(server.port)", user: "somebody", target: "sslmode=disable gssencmode=disable")
        return try await withPostgresConnection(parameters, log: .silent, body)
    }

    @Test("is refused where a pool of connections answers with another server process")
    func pooled() async throws {
        let pool = try Self.server(announcing: 99, answering: "77")
        try await Self.connected(to: pool) { connection in
            let error = await #expect(throws: ParallelDumpError.self) {
                _ = try await SnapshotHolder.take(on: connection)
            }
            #expect(error?.kind == .pooled)
            #expect(error?.remedy?.contains("own port") == true)
        }
        let server = try Self.server(announcing: 77, answering: "77")
        let isPooled = try await Self.connected(to: server) { try await $0.isPooled() }
        #expect(!isPooled)
    }
}
