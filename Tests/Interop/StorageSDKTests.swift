import TestSupport
import Testing

/// Microsoft's SDK for Python against `penstock serve`: a client that nobody here wrote, used as its documentation says.
///
/// Each program under `Python/` stops at the first assertion that does not hold and says which.
@Suite(
    "The storage SDK for Python", .tags(.storage),
    .enabled(Comment(rawValue: PythonEnvironment.skipReason), PythonEnvironment.isReady))
struct StorageSDKTests {
    @Test(
        "finds the service it expects",
        arguments: [
            ClientProgram(.storageSDK, "containers", atLeast: 26), ClientProgram(.storageSDK, "blobs", atLeast: 90),
            ClientProgram(.storageSDK, "blocks", atLeast: 22), ClientProgram(.storageSDK, "reading", atLeast: 24),
            ClientProgram(.storageSDK, "listing", atLeast: 30), ClientProgram(.storageSDK, "permissions", atLeast: 36),
            ClientProgram(.storageSDK, "asynchronous", atLeast: 8),
            ClientProgram(.storageSDK, "both_ways", atLeast: 32),
            ClientProgram(.storageSDK, "annotations", atLeast: 51),
            ClientProgram(.storageSDK, "appending", atLeast: 22), ClientProgram(.storageSDK, "batches", atLeast: 18),
            ClientProgram(.storageSDK, "copies", atLeast: 34),
        ])
    func program(_ program: ClientProgram) async throws {
        try await program.check()
    }

    @Test(
        "finds leases and access as it expects them",
        arguments: [
            ClientProgram(.storageSDK, "leases", atLeast: 56), ClientProgram(.storageSDK, "access", atLeast: 41),
        ])
    func open(_ program: ClientProgram) async throws {
        try await program.check(options: ["--allow-public-access"])
    }

    @Test(
        "finds what goes beyond storing bytes",
        arguments: [
            ClientProgram(.storageSDK, "asynchronous_states", atLeast: 15),
            ClientProgram(.storageSDK, "lease_expiry", atLeast: 7),
        ])
    func more(_ program: ClientProgram) async throws {
        try await program.check()
    }

    @Test("finds what it wrote over TLS")
    func encrypted() async throws {
        try await ServedStore.withTLS { store, certificate in
            let program = ClientProgram(.storageSDK, "over_tls", atLeast: 6)
            try await program.check(against: store, environment: ["REQUESTS_CA_BUNDLE": certificate])
        }
    }

    @Test("gets over a bad day", .enabled(if: Client.areInstalled, Client.skipReason))
    func faults() async throws {
        let plan = Fixtures.packageRoot + "/Tests/Interop/Python/bad_day.json"
        try await ClientProgram(.storageSDK, "bad_day", atLeast: 8).check(options: ["--faults", plan])
    }

    @Test("lists ten thousand blobs", .enabled(if: Client.areInstalled, Client.skipReason))
    func many() async throws {
        try await ClientProgram(.storageSDK, "ten_thousand", atLeast: 14).check()
    }
}
