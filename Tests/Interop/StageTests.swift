import TestSupport
import Testing

/// Clients of Azure that nobody here wrote, against the part of Azure that `penstock serve --azure` plays.
@Suite(
    "The stage", .tags(.storage),
    .enabled(Comment(rawValue: PythonEnvironment.skipReason), PythonEnvironment.isReady))
struct StageTests {
    @Test("is taken for Azure by Microsoft's SDKs of identities, blobs and secrets")
    func kits() async throws {
        try await check(ClientProgram(.identitySDK, "stage", atLeast: 16))
    }

    @Test("is taken for a cloud by az", .enabled(if: Client.areInstalled, Client.skipReason))
    func commandLine() async throws {
        try await check(ClientProgram(.azureCLI, "azure_cli_stage", atLeast: 9))
    }

    private func check(_ program: ClientProgram) async throws {
        try await ServedStore.withStage { store, certificate in
            let environment = ["STAGE": store.endpoint, "REQUESTS_CA_BUNDLE": certificate]
            try await program.check(against: store, environment: environment)
        }
    }
}
