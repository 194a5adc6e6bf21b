import AzureBlobs
import AzureIdentity
import BlobServer
import BlobStorage
import Diagnostics
import FoundationEssentials
import HTTPListener
import HTTPMessages
import HTTPTransport
import TestSupport
import Testing

/// The client against the embedded server, over real sockets: what one writes the other must read.
@Suite("The REST client and the embedded server")
struct ServerContractTests {
    private func key() throws -> SharedKey { try SharedKey(account: "acct", key: Secret(Array(0..<64))) }

    /// A server over an account in memory, and a client of it.
    private func withServer(
        _ credential: Credential, _ body: @Sendable (ServiceConnection) async throws -> Void
    ) async throws {
        let memory = MemoryAccount(clock: { Date() }, random: { .random(in: .min ... .max) })
        let server = BlobServer(
            accounts: ["acct": PublishedAccount(memory, keys: [try key()])], log: .silent, clock: { Date() },
            random: { .random(in: .min ... .max) })
        try await withHTTPListener(
            host: "127.0.0.1", port: 0, handler: { await server.respond(to: $0, body: &$1) }
        ) { address in
            let endpoint = try #require(HTTPURL("http://127.0.0.1:\(address.port)/acct"))
            let client = CurlClient(width: 4)
            try await body(
                ServiceConnection(
                    endpoint: endpoint, credential: credential, client: client, now: { Date() },
                    random: { .random(in: .min ... .max) }))
        }
    }

    @Test("keep the contract of blob stores together", arguments: BlobStoreContract.cases)
    func contract(_ sentence: BlobStoreContract.Case) async throws {
        try await withServer(.sharedKey(key())) { connection in
            let plain = RESTAccount(connection)
            // The server cuts an answer when the blob is replaced under it; the reader begins again then.
            let isCut = sentence.name == "a blob replaced while it is read never mixes old and new"
            try await sentence.run(isCut ? RetryingAccount(plain, policy: impatient()) : plain)
        }
    }

    private func impatient() -> RetryPolicy {
        let schedule = RetrySchedule(base: .milliseconds(1), cap: .milliseconds(10), total: .seconds(30))
        return RetryPolicy(schedule, clock: ContinuousClock(), log: .silent) { .random(in: 0..<1) }
    }

    @Test("let an account SAS in for what it allows")
    func accountSAS() async throws {
        var fields = SASFields()
        for (name, value) in ["sv": "2021-12-02", "ss": "b", "srt": "sco", "sp": "rl", "se": "2999-01-01"] {
            fields[name] = value
        }
        let token = try #require(SASToken.signing(fields, forAccountOf: key()))
        try await withServer(.sas(token)) { connection in
            let account = RESTAccount(connection)
            let found = try await account.containers(prefix: "", marker: nil, limit: 10)
            #expect(found.containers.isEmpty)
            let error = await #expect(throws: BlobStoreError.self) {
                try await account.create(ContainerName("dumps"), metadata: [:])
            }
            #expect(error?.kind == .notAuthorized)
            #expect(error?.service?.code == "AuthorizationPermissionMismatch")
        }
    }

    @Test("do not let in a wrong key, nor nobody")
    func refused() async throws {
        let wrong = try SharedKey(account: "acct", key: Secret([1, 2, 3]))
        for credential in [Credential.sharedKey(wrong), .anonymous] {
            try await withServer(credential) { connection in
                let error = await #expect(throws: BlobStoreError.self) {
                    try await RESTAccount(connection).containers(prefix: "", marker: nil, limit: 10)
                }
                #expect([.notAuthenticated, .notAuthorized].contains(error?.kind))
            }
        }
    }
}
