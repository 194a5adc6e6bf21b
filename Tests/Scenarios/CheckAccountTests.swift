import SystemCalls
import TestSupport
import Testing

@Suite("Checking a storage account", .timeLimit(.minutes(2)))
struct CheckAccountTests {
    private static let fixtures = Fixtures.packageRoot + "/fixtures/arm-storage-accounts"

    @Test("finds it by its name, its resource ID or a location, and judges the container that is named")
    func found() async throws {
        try await PlayedAzure.run { azure in
            let penstock = azure.penstock()
            let check = ["check", "account"]
            for (name, knowsContainer) in [
                ("contosobackups", false), ("ContosoBackups", false), (PlayedAzure.account(), false),
                (PlayedAzure.box, true), (azure.location("box/folder/"), true),
            ] {
                let run = try await penstock.run(check + [name, "--for", "upload", "--json"]).expecting()
                let end = try JSON(try #require(run.lines.last))
                #expect(try end.text("type") == "account-check" && end.text("account") == "contosobackups")
                #expect(try end.number("errors") == 0 && end.number("warnings") >= 2)
                #expect(try end.number("undecided") == (knowsContainer ? 0 : 5), "\(name): \(run.text)")
                #expect(run.errors.isEmpty)
            }
            let strict = try await penstock.run(check + ["contosobackups", "--for", "upload", "--strict"]).expecting(17)
            #expect(strict.text.contains("warning: SA070, account contosobackups, for upload: deleteRetentionPolicy"))
            #expect(strict.text.contains("    az storage account blob-service-properties update --account-name"))
            #expect(strict.errors.contains("not decided, since the container is not known: SA031"))
            #expect(strict.errors.contains("account contosobackups: 0 errors, 3 warnings"))
            let missing = try await penstock.run(
                check + ["contosobackups", "--for", "download", "--container", "none", "--quiet"]
            ).expecting(17)
            #expect(missing.text.contains("error: SA093") && missing.text.contains("found no container `none`"))
            #expect(missing.errors.isEmpty)
            let target = try await penstock.run(
                check + [
                    "contosobackups", "--for", "restore-target", "--container", "box", "--vault-principal",
                    PlayedAzure.Tenant.contoso.id(21), "--vault-location", "West Europe", "--vault-tenant",
                    PlayedAzure.Tenant.fabrikam.rawValue, "--account-tenant", PlayedAzure.Tenant.contoso.rawValue,
                ]
            ).expecting(17)
            #expect(target.text.contains("SA010") && target.text.contains("SA084"))
            #expect(!target.text.contains("SA090") && !target.text.contains("SA082"), "\(target.text)")
        }
    }

    @Test("says whose fault it is that nothing can be read, and never that nothing is there")
    func refused() async throws {
        try await PlayedAzure.run { azure in
            let check = ["check", "account"]
            let foreign = try await azure.penstock().run(check + [PlayedAzure.account("fabrikambackups")]).expecting(12)
            #expect(foreign.errors.contains("which is \(PlayedAzure.Tenant.fabrikam.rawValue)"))
            for account in [PlayedAzure.account(), "contosobackups"] {
                let nobody = try await azure.penstock(.contoso, .nobody).run(check + [account]).expecting(12)
                #expect(nobody.errors.contains("may not read") && nobody.errors.contains("role Reader"))
            }
            let wrong = try await azure.penstock().run(check + ["contosobackup"]).expecting(10)
            #expect(wrong.errors.contains("`contosobackup`"))
            // A caller that may read the account, and not all of it, is told what is missing.
            try await azure.letNobodyRead()
            let part = try await azure.penstock(.contoso, .nobody).run(
                check + [PlayedAzure.account(), "--for", "download", "--credential", "entra"]
            ).expecting(17)
            #expect(part.text.contains("SA091") && part.text.contains("blobs/read"))
            let keys = ["AZURE_STORAGE_ACCOUNT": "contosobackups", "AZURE_STORAGE_KEY": Secrets.wrongKey]
            let keyHolder = Penstock(environment: Penstock.environment.merging(keys) { $1 })
            let unknown = try await keyHolder.run(check + ["contosobackups"]).expecting(12)
            #expect(unknown.errors.contains("no identity of Entra ID") && unknown.errors.contains("az login"))
            unknown.expectNoSecrets()
        }
    }

    @Test("reads saved descriptions, one, several or a directory of them, and asks nobody")
    func offline() async throws {
        let penstock = Penstock()
        func check(_ words: String...) async throws -> Finished {
            try await penstock.run(["check", "account", "--for", "upload"] + words)
        }
        let one = try await check("--offline", Self.fixtures + "/StorageAccountGetProperties.json").expecting()
        #expect(one.text.contains("warning: SA005, account sto8596"))
        #expect(one.errors.contains("not decided, since the blob service is not known"))
        let list = try await check("--offline", Self.fixtures + "/StorageAccountList.json", "--json").expecting()
        let ends = try list.lines.map { try JSON($0) }.filter { try $0.text("type") == "account-check" }
        let names = try ends.map { try $0.text("account") }
        #expect(names == ["sto1125", "sto3699", "sto8596", "sto6637", "sto834", "sto9174"])
        let directory = try await check("--offline", Self.fixtures + "/derived", "--json").expecting(17)
        #expect(try directory.lines.filter { try JSON($0).text("type") == "account-check" }.count >= 2)
        let chosen = try await check("sto3699", "--offline", Self.fixtures + "/StorageAccountList.json").expecting()
        #expect(!chosen.text.contains("sto1125"))
        for words in [
            ["other", "--offline", Self.fixtures + "/StorageAccountList.json"],
            ["--offline", Self.fixtures + "/BlobContainersGet.json"], [], ["/nonsense"], ["No_Name"], ["ab"],
            ["https://1.2.3.4/"], ["contosobackups", "--for", "everything"],
        ] {
            let run = try await penstock.run(["check", "account"] + words).expecting(2)
            #expect(run.errors.contains("hint:") && run.text.isEmpty)
        }
        try await check("--offline", "/nowhere/at/all").expecting(10)
    }

    @Test("takes a blob service and a container for the account that they are of")
    func belonging() async throws {
        try await withTemporaryDirectory(inMemory: true) { root in
            let base = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/"
            func write(_ name: String, _ text: String) throws {
                try Files.open("\(root)/\(name).json", .create).write(Array(text.utf8).span)
            }
            for name in ["first", "second"] {
                try write(
                    name,
                    #"{"id": "\#(base)\#(name)", "name": "\#(name)", "type": "Microsoft.Storage/storageAccounts"}"#)
            }
            try write(
                "service",
                """
                {"id": "\(base)second/blobServices/default", "type": "Microsoft.Storage/storageAccounts/blobServices",
                 "properties": {"deleteRetentionPolicy": {"enabled": true}}}
                """)
            try write("other", #"{"type": "Microsoft.Web/sites"}"#)
            let run = try await Penstock().run(
                "check", "account", "--offline", root, "--for", "copy-destination", "--json")
            let lines = try run.expecting().lines.map { try JSON($0) }
            let undecided = try lines.filter {
                try $0.text("type") == "account-undecided" && $0.text("rule") == "SA070"
            }
            #expect(try undecided.map { try $0.text("account") } == ["first"])
            #expect(run.errors.contains("passed over: \(root)/other.json"))
            try write("broken", #"{"type": "#)
            let broken = try await Penstock().run("check", "account", "--offline", root).expecting(2)
            #expect(broken.errors.contains("broken.json is malformed"))
        }
    }
}
