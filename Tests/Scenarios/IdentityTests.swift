import SystemCalls
import TestSupport
import Testing

@Suite("Identities", .serialized, .timeLimit(.minutes(3)))
struct IdentityTests {
    private func penstock(_ environment: [String: String]) -> Penstock {
        Penstock(environment: Penstock.environment.merging(environment) { $1 })
    }

    private func expectNothingShown(_ run: Finished, _ more: String...) {
        for secret in [Authority.secret, Authority.mark] + more {
            #expect(!(run.text + run.errors).contains(secret), "a secret in: \(run.text) \(run.errors)")
        }
    }

    @Test(
        "are shown with where they were found, whose they are and how long they last",
        arguments: ["storage", "management", "vault", "postgres"])
    func whoami(audience: String) async throws {
        let authority = try Authority()
        let penstock = penstock(authority.environment())
        let words = ["whoami", "https://account1.blob.core.windows.net/c", "--for", audience]
        let shown = try await penstock.run(words + ["--verbose"]).expecting()
        #expect(shown.text.contains("credential: token, from AZURE_CLIENT_SECRET"), "\(shown.text)")
        #expect(shown.text.contains("tenant:     tenant-1") && shown.text.contains("client:     client-1"))
        #expect(shown.text.contains("expires:"))
        let json = try await penstock.run(words + ["--json"]).expecting()
        let finding = try JSON(#require(json.lines.first))
        #expect(try finding.text("for") == audience)
        #expect(try finding.text("source") == "AZURE_CLIENT_SECRET")
        #expect(try finding.text("identity") == "service principal with a secret")
        for run in [shown, json] { expectNothingShown(run) }
        let hosts = [
            "storage": "storage.azure.com", "management": "management.azure.com", "vault": "vault.azure.net",
            "postgres": "ossrdbms-aad.database.windows.net",
        ]
        #expect(authority.scopes.last == "https://\(try #require(hosts[audience]))/.default")
    }

    @Test("that are refused say why, in every command, and show no secret")
    func refused() async throws {
        let authority = try Authority()
        let location = "https://account1.blob.core.windows.net/c"
        for words in [
            ["whoami", location], ["blob", "list", location], ["upload", location + "/x"],
            ["download", location + "/x"],
            ["dump", "--to", location, "-h", "/nowhere"],
        ] {
            let run = try await penstock(authority.environment(secret: "wr0ng")).run(
                words + ["--verbose"], input: [1]
            ).expecting(12)
            #expect(run.errors.contains("the client secret is wrong"), "\(run.errors)")
            #expect(run.errors.contains("az ad app credential reset"))
            expectNothingShown(run, "wr0ng")
        }
        let tenant = try await penstock(authority.environment(tenant: "elsewhere")).run("whoami", location).expecting(
            12)
        #expect(tenant.errors.contains("there is no such tenant"))
        let nobody = ["AZURE_AUTHORITY_HOST": "http://127.0.0.1:1"]
        try await penstock(authority.environment().merging(nobody) { $1 }).run("whoami", location).expecting(13)
        let part = authority.environment().filter { $0.key != "AZURE_TENANT_ID" }
        let incomplete = try await penstock(part).run("whoami", location).expecting(2)
        #expect(incomplete.errors.contains("AZURE_TENANT_ID"))
        try await penstock(["AZURE_CLOUD": "mars"]).run("whoami", location).expecting(2)
    }

    @Test("that are nowhere are said at once, with all that was looked at")
    func nothing() async throws {
        let begin = ContinuousClock.now
        let run = try await penstock([:]).run("blob", "list", "https://account1.blob.core.windows.net/c").expecting(12)
        #expect(run.errors.contains("no credential was found") && run.errors.contains("az login"), "\(run.errors)")
        #expect(begin.duration(to: .now) < .seconds(20))
        let forced = try await penstock([:]).run("whoami", "--for", "vault", "--auth", "managed-identity").expecting(12)
        #expect(forced.errors.contains("managed identity"))
    }

    @Test("come after keys, unless they are asked for")
    func order() async throws {
        let authority = try Authority()
        let key = ["AZURE_STORAGE_ACCOUNT": "account1", "AZURE_STORAGE_KEY": Secrets.wrongKey]
        let penstock = penstock(authority.environment().merging(key) { $1 })
        let first = try await penstock.run("whoami").expecting()
        #expect(first.text.contains("account key, from AZURE_STORAGE_KEY"))
        #expect(authority.issued == 0)
        let forced = try await penstock.run("whoami", "--auth", "client-secret").expecting()
        #expect(forced.text.contains("token, from AZURE_CLIENT_SECRET"))
        #expect(forced.text.contains("AZURE_STORAGE_KEY: passed over: `--auth client-secret`"))
        var byVariable = penstock
        byVariable.environment["PENSTOCK_AUTH"] = "client-secret"
        #expect(try await byVariable.run("whoami").expecting().text.contains("token, from AZURE_CLIENT_SECRET"))
        forced.expectNoSecrets()
    }

    @Test("are renewed in the middle of an upload, and replaced when the service refuses them")
    func midStream() async throws {
        let authority = try Authority(life: 2)
        let service = try TokenService(authority)
        authority.withdraw("\(Authority.mark)-1")
        let bytes = [UInt8](repeating: 7, count: 24 << 20)
        let run = try await penstock(authority.environment()).run(
            ["upload", service.location + "/x", "--bandwidth", "4MiB", "--memory", "16MiB", "--verbose"], input: bytes
        ).expecting()
        #expect(service.refused >= 1)
        #expect(service.tokens.count >= 3, "\(service.tokens)")
        #expect(service.written >= bytes.count)
        expectNothingShown(run)
    }

    @Test(
        "are the password of PostgreSQL, of every connection and every child", .tags(.postgres),
        .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"), arguments: [1, 2])
    func postgres(jobs: Int) async throws {
        let cluster = try await PostgresCluster.shared(.password)
        let (name, role) = (PostgresCluster.uniqueName("entra"), PostgresCluster.uniqueName("app"))
        let copy = name + "copy"
        let token = "\(Authority.mark)-\(role)"
        try await cluster.run("CREATE ROLE \(role) LOGIN SUPERUSER PASSWORD '\(token)'")
        let authority = try Authority(life: 20, fixed: token)
        try await withDatabases([name], in: cluster) {
            try await withDatabases([copy], in: cluster, rows: 0) {
                try await cluster.run("DROP TABLE item", in: copy)
                try await Place.make { place in
                    var penstock = place.penstock(cluster)
                    penstock.environment.merge(authority.environment()) { $1 }
                    penstock.environment["PGUSER"] = role
                    penstock.environment["PGPASSWORD"] = Secrets.wrongPassword
                    let more = ["--pg-auth", "entra", "--jobs", "\(jobs)", "--verbose"]
                    let dump = ["dump", "-d", name, "--to", place.container, "--name", "first"]
                    try await penstock.run(dump).expecting(12)
                    let runs = [
                        try await penstock.run(dump + more).expecting(),
                        try await penstock.run(
                            ["restore", place.container + "/first", "-d", copy, "--yes"] + more
                        ).expecting(),
                    ]
                    try await cluster.expectSame(name, copy)
                    for run in runs { expectNothingShown(run) }
                    #expect(authority.scopes.allSatisfy { $0 == "https://ossrdbms-aad.database.windows.net/.default" })
                    #expect(!authority.scopes.isEmpty)
                }
            }
        }
        try await cluster.run("DROP OWNED BY \(role)")
        try await cluster.run("DROP ROLE \(role)")
    }
}
