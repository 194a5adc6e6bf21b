import TestSupport
import Testing

/// Command-line clients and file systems against `penstock serve`, each used as its documentation says.
@Suite(
    "Clients of others", .tags(.storage), .enabled(if: Client.areInstalled, Client.skipReason),
    .enabled(Comment(rawValue: PythonEnvironment.skipReason), PythonEnvironment.isReady))
struct CommandLineClientTests {
    @Test(
        "find the service they expect",
        arguments: [
            ClientProgram(.azureCLI, "azure_cli_blobs", atLeast: 45),
            ClientProgram(.rclone, "rclone_files", atLeast: 100),
            ClientProgram(.adlfs, "adlfs_files", atLeast: 65),
        ])
    func program(_ program: ClientProgram) async throws {
        try await program.check()
    }

    @Test(
        "find what goes beyond storing bytes",
        arguments: [
            ClientProgram(.azureCLI, "azure_cli_states", atLeast: 32),
            ClientProgram(.rclone, "rclone_copies", atLeast: 29),
            ClientProgram(.adlfs, "adlfs_copies", atLeast: 7),
        ])
    func more(_ program: ClientProgram) async throws {
        try await program.check()
    }
}
