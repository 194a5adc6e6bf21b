import SystemCalls
import TestSupport
import Testing

@Suite("Playing the part of Azure", .timeLimit(.minutes(2)))
struct StageTests {
    @Test("says how to point clients at it, and keeps blobs but no changes")
    func example() async throws {
        try await withTemporaryDirectory(inMemory: true) { data in
            let words = ["serve", "--data", data, "--azure", "--port", "0"]
            for _ in 1...2 {
                try await Penstock().during(words) { running in
                    let first = try await running.firstLine()
                    #expect(first.hasSuffix("/contosoarchive"))
                    let base = String(first.dropLast("/contosoarchive".count))
                    try await eventually("it serves") { running.errors.contains("until interrupted") }
                    #expect(running.errors.contains("export AZURE_AUTHORITY_HOST=\(base)\n"))
                    #expect(running.errors.contains("export PENSTOCK_MANAGEMENT_ENDPOINT=\(base)\n"))
                    #expect(running.errors.contains("export AZURE_CLIENT_SECRET=stage-secret-of-contoso-operator\n"))
                }
            }
        }
    }

    @Test("plays a stage of one's own without showing its secrets, and refuses what makes no sense")
    func file() async throws {
        try await withTemporaryDirectory(inMemory: true) { root in
            let file = root + "/stage.json"
            let words = ["serve", "--data", root + "/data", "--azure", "--port", "0", "--azure-file", file]
            let tenant = "44444444-0000-4000-8000-000000000000"
            let application =
                #"{"id":"\#(tenant)","object":"\#(tenant)","secrets":[{"value":"hidden-secret"}]}"#
            let account = #"{"name":"mine","resourceGroup":"g"}"#
            func write(_ applications: String, _ accounts: String) throws {
                let text =
                    #"{"version":1,"tenants":[{"id":"\#(tenant)","applications":[\#(applications)],"#
                    + #""subscriptions":[{"id":"\#(tenant)","accounts":[\#(accounts)]}]}]}"#
                try Files.replace(file, with: Array(text.utf8))
            }
            try write(application, account)
            try await Penstock().during(words) { running in
                #expect(try await running.firstLine().hasSuffix("/mine"))
                try await eventually("it serves") { running.errors.contains("until interrupted") }
                #expect(running.errors.contains("AZURE_CLIENT_ID=\(tenant)"))
                #expect(!running.errors.contains("hidden-secret"))
            }
            for (accounts, complaint) in [
                (account + "," + account, "twice"), (#"{"name":"stage","resourceGroup":"g"}"#, "stage"),
                (#"{"name":"No","resourceGroup":"g"}"#, "No"), (#"{"name":"mine"}"#, "resourceGroup"),
                (#"{"name":"mine","resourceGroup":"g","keys":["x"]}"#, "keys"),
                (#"{"name":"mine","resourceGroup":"g","properties":{"allowSharedKeyAccess":"x"}}"#, "properties"),
            ] {
                try write(application, accounts)
                let finished = try await Penstock().run(words)
                finished.expecting(2)
                #expect(finished.errors.contains(complaint), "\(finished.errors)")
                #expect(!finished.errors.contains("hidden-secret"))
            }
        }
    }
}
