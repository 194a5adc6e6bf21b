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
            ClientProgram(.storageSDK, "asynchronous", atLeast: 8), ClientProgram(.storageSDK, "both_ways", atLeast: 32),
        ])
    func program(_ program: ClientProgram) async throws {
        try await ServedStore.with { try await program.check(against: $0) }
    }

    @Test(
        "finds what goes beyond storing bytes",
        arguments: [
            ClientProgram(
                .storageSDK, "metadata", atLeast: 14,
                needs: ["SetBlobMetadata", "SetBlobProperties", "SetContainerMetadata"]),
            ClientProgram(.storageSDK, "leases", atLeast: 24, needs: ["LeaseBlob", "LeaseContainer"]),
            ClientProgram(.storageSDK, "access_policies", atLeast: 12, needs: ["GetContainerACL", "SetContainerACL"]),
            ClientProgram(.storageSDK, "snapshots", atLeast: 14, needs: ["SnapshotBlob"]),
            ClientProgram(
                .storageSDK, "tags_and_tiers", atLeast: 14, needs: ["GetBlobTags", "SetBlobTags", "SetBlobTier"]),
            ClientProgram(
                .storageSDK, "copies", atLeast: 14,
                needs: ["CopyBlob", "CopyBlobFromURL", "PutBlobFromURL", "PutBlockFromURL"]),
            ClientProgram(.storageSDK, "append_blobs", atLeast: 12, needs: ["PutAppendBlob", "AppendBlock"]),
            ClientProgram(.storageSDK, "batches", atLeast: 8, needs: ["BlobBatch", "SetBlobTier"]),
        ])
    func more(_ program: ClientProgram) async throws {
        try await ServedStore.with { try await program.check(against: $0) }
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
        try await ServedStore.with(options: ["--faults", plan]) { store in
            try await ClientProgram(.storageSDK, "bad_day", atLeast: 8).check(against: store)
        }
    }

    @Test("lists ten thousand blobs", .enabled(if: Client.areInstalled, Client.skipReason))
    func many() async throws {
        try await ServedStore.with { store in
            try await ClientProgram(.storageSDK, "ten_thousand", atLeast: 12).check(against: store)
        }
    }
}
