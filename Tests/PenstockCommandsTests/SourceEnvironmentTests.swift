import Testing

@testable import PenstockCommands

@Suite("The environment of a copy's source")
struct SourceEnvironmentTests {
    @Test("is the destination's where nothing is said of it")
    func same() {
        #expect(SourceEnvironment.derive(from: ["AZURE_STORAGE_KEY": "k", "PENSTOCK_SOURCE_AUTH": ""]) == nil)
    }

    @Test("takes no credential of the destination's once it has one of its own")
    func own() {
        let derived = SourceEnvironment.derive(from: [
            "PATH": "/bin", "AZURE_AUTHORITY_HOST": "h", "AZURE_STORAGE_KEY": "k", "AZURE_CLIENT_SECRET": "s",
            "AZURE_TENANT_ID": "t", "AZURE_FEDERATED_TOKEN_FILE": "f", "PENSTOCK_AUTH": "key",
            "PENSTOCK_IDENTITY": "system", "PENSTOCK_SOURCE_AZURE_TENANT_ID": "u", "PENSTOCK_SOURCE_AUTH": "sas",
        ])
        #expect(
            derived == [
                "PATH": "/bin", "AZURE_AUTHORITY_HOST": "h", "AZURE_TENANT_ID": "u", "PENSTOCK_AUTH": "sas",
            ])
    }
}
