import PostgresClient
import SystemCalls
import TestSupport
import Testing

@Suite("Secrets that are kept elsewhere", .timeLimit(.minutes(5)))
struct SecretTests {
    private func penstock(_ stage: VaultStage, _ more: [String: String]) throws -> Penstock {
        Penstock(environment: Penstock.environment.merging(try stage.environment()) { $1 }.merging(more) { $1 })
    }

    @Test("open a storage account, wherever they are kept")
    func storage() async throws {
        let connection = "DefaultEndpointsProtocol=https;AccountName=mine;AccountKey=\(VaultStage.accountKey)"
        try await VaultStage.during(["connection": connection]) { stage in
            let inFile = try stage.file("key", VaultStage.accountKey + "\n")
            let more: [[String: String]] = [
                ["AZURE_STORAGE_KEY": stage.reference("key")], ["AZURE_STORAGE_KEY": inFile],
                ["AZURE_STORAGE_KEY": "@env:OTHER", "OTHER": VaultStage.accountKey],
                ["AZURE_STORAGE_CONNECTION_STRING": stage.reference("connection")],
            ]
            try await penstock(stage, more[0]).run("container", "create", stage.location).expecting()
            for (index, variables) in more.enumerated() {
                let penstock = try penstock(stage, variables)
                try await penstock.run(
                    ["upload", "\(stage.location)/\(index)", "--verbose"], input: [1, 2, 3]
                ).expecting()
                let shown = try await penstock.run("whoami", stage.location, "--verbose").expecting()
                #expect(
                    shown.text.contains("account key, from ") || shown.text.contains("connection string"),
                    "\(shown.text)")
            }
        }
    }

    @Test("that cannot be had say why, with a way out and the right exit code")
    func refused() async throws {
        try await VaultStage.during { stage in
            func run(
                _ value: String, _ code: Int32, _ words: String, of variable: String = "AZURE_STORAGE_KEY",
                more: [String: String] = [:]
            ) async throws {
                let run = try await penstock(stage, [variable: value].merging(more) { $1 }).run(
                    "whoami", stage.location, "--verbose")
                run.expectingRefusal(code, saying: words)
                #expect(!(run.text + run.errors).contains("n0t-to-be-seen"))
            }
            try await run(stage.reference("none"), 10, "SecretNotFound")
            try await run(stage.reference("disabled"), 12, "disabled")
            try await run(stage.reference("expired"), 12, "is over")
            try await run(stage.reference("early"), 12, "has not begun")
            try await run(stage.reference("key", vault: "other"), 10, "VaultNotFound")
            try await run("@keyvault:https://my-vault.vault.azure.net/secrets/key", 2, "no token was sent")
            try await run("@file:\(stage.work)/none", 2, "cannot be read")
            try await run("@env:NOTHING_HERE", 2, "is not set")
            let stranger = try stage.environment(asStranger: true)
            try await run(stage.reference("key"), 12, "ForbiddenByRbac", more: stranger)
            try await run(
                stage.reference("key"), 2, "cannot be kept in a vault", of: "AZURE_CLIENT_SECRET",
                more: ["AZURE_STORAGE_ACCOUNT": ""])
        }
    }

    @Test("are the key of a served account, from a file or a variable")
    func served() async throws {
        try await withTemporaryDirectory(inMemory: true) { root in
            try Files.replace(root + "/key", with: Array((VaultStage.accountKey + "\n").utf8))
            let words = ["serve", "--data", root + "/data", "--account", "mine", "--port", "0"]
            var penstock = Penstock()
            penstock.environment["PENSTOCK_ACCOUNT_KEY"] = "@file:\(root)/key"
            try await penstock.during(words) { running in
                let base = try await running.firstLine()
                var client = Penstock()
                client.environment["AZURE_STORAGE_KEY"] = VaultStage.accountKey
                try await client.run("container", "create", base + "/box").expecting()
            }
            for (value, complaint) in [
                ("@env:NOTHING_HERE", "is not set"), ("@keyvault:https://abc.vault.azure.net/secrets/n", "in a vault"),
            ] {
                penstock.environment["PENSTOCK_ACCOUNT_KEY"] = value
                try await penstock.run(words).expectingRefusal(2, saying: "PENSTOCK_ACCOUNT_KEY", complaint)
            }
        }
    }

    @Test(
        "are the password of PostgreSQL", .tags(.postgres),
        .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
    func password() async throws {
        let cluster = try await PostgresCluster.shared(.password)
        let name = PostgresCluster.uniqueName("kept")
        try await withDatabases([name], in: cluster) {
            try await Place.make { place in
                let file = place.work + "/password"
                var penstock = place.penstock(cluster)
                func dump(_ point: String, _ more: String...) async throws -> Finished {
                    try await penstock.run(
                        ["dump", "-d", name, "--to", place.container, "--name", point, "--verbose"] + more)
                }
                try Files.replace(file, with: Array((PostgresCluster.superuserPassword + "\n").utf8))
                penstock.environment["PGPASSWORD"] = "@file:\(file)"
                try await dump("file").expecting().expectNoSecrets()
                try await dump("parallel", "--jobs", "2").expecting().expectNoSecrets()
                penstock.environment["PGPASSWORD"] = "@env:OTHER"
                penstock.environment["OTHER"] = PostgresCluster.superuserPassword
                try await dump("variable").expecting().expectNoSecrets()
                penstock.environment["OTHER"] = Secrets.wrongPassword
                try await dump("wrong").expectingRefusal(12, saying: "password authentication failed")
                // A URI's own password goes before it, as it goes before a plain PGPASSWORD.
                let quoted = PostgresCluster.superuserPassword.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
                try await penstock.run(
                    "dump", "-d", "dbname=\(name) password='\(quoted)'", "--to", place.container, "--name", "own"
                ).expecting()
                penstock.environment["PGPASSWORD"] = "@file:\(place.work)/none"
                try await dump("none").expectingRefusal(2, saying: "PGPASSWORD", "cannot be read")
                // Whole connections.
                for (index, shape) in [
                    "Server=\(cluster.host);Database={db};Port=5432;User Id=postgres;Password=\"\(PostgresCluster.superuserPassword)\";",
                    PostgresCluster.superuserPassword,
                ].enumerated() {
                    try Files.replace(file, with: Array(shape.utf8))
                    penstock.environment["PGPASSWORD"] = nil
                    if index == 0 { for name in ["PGHOST", "PGUSER"] { penstock.environment[name] = nil } }
                    if index == 1 {
                        (penstock.environment["PGHOST"], penstock.environment["PGUSER"]) = (cluster.host, "postgres")
                    }
                    try await dump("whole-\(index)", "--pg-secret", "@file:\(file)").expecting().expectNoSecrets()
                }
                try await dump("literal", "--pg-secret", Secrets.wrongPassword).expecting(2).expectNoSecrets()
                try Files.replace(file, with: Array("Server=h;\(Secrets.wrongPassword)".utf8))
                try await dump("bad", "--pg-secret", "@file:\(file)").expectingRefusal(2, saying: "ADO.NET")
                try await place.expectNothingHalfDone(cluster)
            }
        }
    }

    @Test(
        "of every kind are in no output and in no command line", .tags(.postgres),
        .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"))
    func nowhere() async throws {
        let cluster = try await PostgresCluster.shared(.password)
        let (name, copy) = (PostgresCluster.uniqueName("seen"), PostgresCluster.uniqueName("seencopy"))
        let password = PostgresCluster.superuserPassword
        let ado = "Server=\(cluster.host);Port=5432;User Id=postgres;Password=\"\(password)\";"
        let secrets = [password, VaultStage.accountKey, VaultStage.clientSecret, "Password=", "eyJ", "Bearer ", "sig="]
        try await VaultStage.during(["ado": ado, "bare": password]) { stage in
            try await withDatabases([name], in: cluster) {
                try await withDatabases([copy], in: cluster, rows: 0) {
                    try await cluster.run("DROP TABLE item", in: copy)
                    var penstock = try penstock(
                        stage,
                        [
                            "AZURE_STORAGE_KEY": stage.reference("key"), "PGPASSWORD": stage.reference("bare"),
                            "PGHOST": cluster.host, "PGUSER": "postgres", "TMPDIR": stage.work,
                            "AZURE_TEST_SECRET": Secrets.wrongPassword,
                        ])
                    let trace = stage.work + "/trace"
                    let isTraced = Files.isExecutable("/usr/bin/strace")
                    if isTraced { penstock.executable = "/usr/bin/strace" }
                    var calls = ""
                    func run(_ words: [String], _ codes: [Int32?] = [0, 0], input: [UInt8]? = nil) async throws {
                        let tracing = ["-f", "-qq", "-e", "trace=execve", "-s", "100000", "-o", trace, Penstock.path]
                        for (more, code) in zip([["--verbose"], ["--json", "--verbose"]], codes) {
                            let run = try await penstock.run((isTraced ? tracing : []) + words + more, input: input)
                            if let code { run.expecting(code) }
                            for secret in secrets {
                                #expect(
                                    !(run.text + run.errors).contains(secret), "\(secret) in \(words): \(run.errors)")
                            }
                            if isTraced {
                                calls += String(decoding: try Files.contents(of: trace, limit: 64 << 20), as: UTF8.self)
                            }
                        }
                    }
                    try await run(["container", "create", stage.location], [0, nil])
                    try await run(["whoami", stage.location])
                    for audience in ["storage", "management", "vault", "postgres"] {
                        try await run(["whoami", "--for", audience, "--auth", "client-secret"])
                    }
                    try await run(["upload", "--overwrite", stage.location + "/x"], input: [1])
                    try await run(["check", "account", "mine", "--for", "upload"], [nil, nil])
                    for (index, more) in [[], ["--pg-secret", stage.reference("ado")]].enumerated() {
                        let point = "p\(index)"
                        // The second of the two finds the first's recovery point.
                        try await run(
                            ["dump", "-d", name, "--to", stage.location, "--name", point, "--no-role-passwords"] + more,
                            [0, 11])
                        try await run(["verify", "\(stage.location)/\(point)"])
                        try await run(
                            ["restore", "\(stage.location)/\(point)", "-d", copy, "--yes", "--clean", "--if-exists"]
                                + more)
                    }
                    try await cluster.expectSame(name, copy)
                    // Failures, of each kind.
                    let good = penstock.environment
                    for (variable, value, code) in [
                        ("PGPASSWORD", "@env:AZURE_TEST_SECRET", 12),
                        ("AZURE_STORAGE_KEY", "@env:AZURE_TEST_SECRET", 2),
                        ("PGPASSWORD", stage.reference("none"), 10),
                        ("AZURE_CLIENT_SECRET", "@env:AZURE_TEST_SECRET", 12),
                    ] as [(String, String, Int32)] {
                        penstock.environment = good
                        penstock.environment[variable] = value
                        try await run(["dump", "-d", name, "--to", stage.location, "--name", "bad"], [code, code])
                    }
                    if isTraced {
                        #expect(calls.contains("pg_dump") && calls.contains("pg_restore"))
                        for secret in secrets + [Secrets.wrongPassword] {
                            let escaped = secret.replacing("\\", with: "\\\\")
                            #expect(!calls.contains(secret) && !calls.contains(escaped), "\(secret) in a command line")
                        }
                    }
                }
            }
        }
    }
}

@Suite("Explaining codes", .timeLimit(.minutes(1)))
struct ExplainTests {
    @Test("says what a code means, also in a pasted error, and shows nothing else of it")
    func explained() async throws {
        let one = try await Penstock().run("explain", "AuthorizationPermissionMismatch").expecting()
        #expect(one.text.contains("az role assignment create") && one.text.contains("Likely causes"))
        let xml =
            "<Error><Code>AuthenticationFailed</Code><Message>Signature did not match. "
            + "https://a.blob.core.windows.net/c?sig=abcdefgh%3D</Message></Error>"
        for run in [
            try await Penstock().run("explain", xml), try await Penstock().run(["explain"], input: Array(xml.utf8)),
            try await Penstock().run("explain", "--json", "--verbose", xml),
        ] {
            run.expecting()
            #expect(run.text.contains("AuthenticationFailed"))
            run.expectNoSecrets()
        }
        let json = try await JSON(Penstock().run("explain", "--json", "SecretNotFound").expecting().text)
        #expect(try json.text("type") == "explanation")
        #expect(try json.text("family") == "Key Vault")
    }

    @Test("knows nothing of what is no code, says so without showing it, and what is spelled alike")
    func unknown() async throws {
        let near = try await Penstock().run("explain", "AuthorizationFailur")
        near.expectingRefusal(10, saying: "no code that is known", hint: "`AuthorizationFailure`")
        let token = try await Penstock().run("explain", "eyJhbGciOi.not-the-password-98.sig=x")
        token.expectingRefusal(10, saying: "no code that is known")
        #expect(!token.errors.contains("eyJ"))
    }
}
