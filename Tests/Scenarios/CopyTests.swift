import AzureIdentity
import Diagnostics
import FoundationEssentials
import Glibc
import HTTPMessages
import Synchronization
import SystemCalls
import TestSupport
import Testing

/// How often something was seen.
private final class Count: Sendable {
    private let state = Mutex(0)

    var value: Int { state.withLock { $0 } }
    func add() { state.withLock { $0 += 1 } }
}

@Suite("Copies", .serialized, .timeLimit(.minutes(5)))
struct CopyTests {
    private static func bytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// The last line of a copy in `--json`.
    private static func summary(_ run: Finished) throws -> JSON { try JSON(#require(run.lines.last)) }

    /// How the source of a copy is authorised.
    enum Authorization: String, CaseIterable, Sendable {
        case sharedKey = "the account key"
        case userDelegation = "a user delegation SAS"
        case token = "a token"
        case given = "the SAS that was given"
    }

    @Test(
        "go from service to service under each authorisation", arguments: Authorization.allCases,
        ["contosobackups", "contosoarchive", "fabrikambackups"])
    func authorizations(_ way: Authorization, target: String) async throws {
        try await AzureStageServer.during { stage in
            let bytes = Self.bytes(300_000)
            let ours = stage.penstock(.contoso)
            try await ours.run(
                ["upload", stage.box("contosobackups", "a%20b/%C3%BC%25"), "--content-type", "x/y", "--sha256"],
                input: bytes
            ).expecting()
            let tags = "<Tags><TagSet><Tag><Key>k</Key><Value>one value</Value></Tag></TagSet></Tags>"
            let path = "/contosobackups/box/a%20b/%C3%BC%25?comp=tags"
            #expect(try await stage.blob(.put, path, .contoso, tags).status == 204)
            let key = try await stage.key(of: "contosobackups", in: .contoso)
            var source = stage.box("contosobackups", "a%20b/%C3%BC%25")
            var variables: [String: String] = [:]
            switch way {
            case .sharedKey: variables = key
            case .userDelegation, .token: variables = stage.identity(.contoso)
            case .given: source += "?" + (try Self.sas(key))
            }
            let tenant: AzureStageServer.Tenant = target == "fabrikambackups" ? .fabrikam : .contoso
            let penstock = stage.penstock(tenant, source: variables)
            let destination = stage.box(target, "new/")
            let words =
                ["copy", source, destination, "--json", "--verbose", "--block-size", "64KiB", "--tier", "cool"]
                + (way == .token ? ["--source-grant", "token"] : [])
            let plan = try await penstock.run(words + ["--dry-run"]).expecting()
            let planned = try JSON(#require(plan.lines.first))
            #expect(try planned.text("way") == "server" && planned.number("blocks") == 5)
            #expect(try await penstock.run("blob", "list", destination).expecting().text.contains("ü") == false)
            let run = try await penstock.run(words).expecting()
            let summary = try Self.summary(run)
            #expect(try summary.number("streamed") == 0 && summary.number("blobs") == 1)
            #expect(try summary.text("grant").contains(way == .sharedKey ? "account key" : way.rawValue))
            let line = try JSON(#require(run.lines.first))
            if target != "contosobackups" { #expect(try line.texts("compared").contains("crc64")) }
            let copied = try await penstock.run("download", stage.box(target, "new/%C3%BC%25")).expecting()
            #expect(copied.output == bytes)
            let stat = try await penstock.run("blob", "stat", stage.box(target, "new/%C3%BC%25")).expecting()
            #expect(stat.text.contains("x/y") && stat.text.contains("penstock_sha256"))
            let there = "/\(target)/box/new/%C3%BC%25"
            let read = try await stage.blob(.get, there + "?comp=tags", tenant)
            #expect(String(decoding: read.body, as: UTF8.self).contains("<Value>one value</Value>"))
            #expect(try await stage.blob(.head, there, tenant).fields["x-ms-access-tier"] == "Cool")
            let again = try Self.summary(try await penstock.run(words).expecting())
            #expect(try again.number("blobs") == 0 && again.number("present") == 1)
            for secret in [key["AZURE_STORAGE_KEY"], "stage-secret", "sig="].compactMap(\.self) {
                #expect(!(run.text + run.errors).contains(secret), "\(secret) is shown")
            }
        }
    }

    private static func sas(_ key: [String: String]) throws -> String {
        let shared = try SharedKey(
            account: key["AZURE_STORAGE_ACCOUNT"] ?? "", base64Key: key["AZURE_STORAGE_KEY"] ?? "")
        var fields = SASFields()
        for (name, value) in ["sv": "2021-12-02", "sr": "c", "sp": "rlt", "se": "2099-01-01T00:00:00Z"] {
            fields[name] = value
        }
        let place = SASResource(account: shared.account, container: "box")
        return try #require(SASToken.signing(fields, for: place, with: shared)).reveal { $0.encoded }
    }

    @Test(
        "go through this machine where a rule forbids the other way, and say why",
        arguments: ["AAD", "PrivateLink"])
    func scope(_ scope: String) async throws {
        try await AzureStageServer.during { stage in
            let bytes = Self.bytes(300_000)
            try await stage.penstock(.contoso).run(
                ["upload", stage.box("contosobackups", "a")], input: bytes
            ).expecting()
            try await stage.change("\"allowedCopyScope\": \"\(scope)\"", of: "fabrikambackups", in: .fabrikam)
            let penstock = stage.penstock(.fabrikam, source: stage.identity(.contoso))
            let words = ["copy", stage.box("contosobackups", "a"), stage.box("fabrikambackups") + "/", "--json"]
            let refused = try await penstock.run(words + ["--mode", "server"]).expecting(12)
            #expect(refused.errors.contains("copy.server-refused") && refused.errors.contains("AuthorizationFailure"))
            try await penstock.run("blob", "stat", stage.box("fabrikambackups", "a")).expecting(10)
            let run = try await penstock.run(words).expecting()
            #expect(run.errors.contains("go through this machine") && run.errors.contains("AuthorizationFailure"))
            let summary = try Self.summary(run)
            #expect(try summary.number("streamed") == bytes.count)
            #expect(try summary.text("reason").contains("AuthorizationFailure"))
            #expect(try JSON(#require(run.lines.first)).texts("compared").contains("crc64"))
            #expect(try await penstock.run("download", stage.box("fabrikambackups", "a")).output == bytes)
        }
    }

    @Test("give a token where no delegation key is given out, and nothing to those without a role")
    func reader() async throws {
        try await AzureStageServer.during { stage in
            try await stage.penstock(.contoso).run(
                ["upload", stage.box("contosobackups", "a")], input: [1, 2, 3]
            ).expecting()
            for (application, code) in [("reader", Int32(0)), ("nobody", 12)] {
                let penstock = stage.penstock(.fabrikam, source: stage.identity(.contoso, application))
                let run = try await penstock.run(
                    "copy", stage.box("contosobackups", "a"), stage.box("fabrikambackups", application), "--json"
                ).expecting(code)
                if code == 0 { #expect(try Self.summary(run).number("streamed") == 0) }
            }
        }
    }

    @Test("of directories are streamed, there and back")
    func directories() async throws {
        try await withTemporaryDirectory(inMemory: true) { root in
            try Files.makeDirectory(root + "/one")
            try Files.makeDirectory(root + "/two")
            let (from, to) = ("file://\(root)/one/box", "file://\(root)/two/box")
            let bytes = Self.bytes(200_000)
            let penstock = Penstock()
            try await penstock.run(["upload", from + "/x/a", "--create-container"], input: bytes).expecting()
            try await penstock.run(
                ["upload", from + "/x/b", "--create-container", "--allow-empty"], input: []
            ).expecting()
            let words = ["copy", from + "/x/", to + "/y", "--json", "--create-container", "--block-size", "64KiB"]
            try await penstock.run(words + ["--mode", "server"]).expecting(12)
            let summary = try Self.summary(try await penstock.run(words).expecting())
            #expect(try summary.number("streamed") == bytes.count && summary.number("blobs") == 2)
            #expect(try summary.text("reason").contains("directory"))
            #expect(try await penstock.run("download", to + "/y/a").expecting().output == bytes)
            #expect(try await penstock.run("download", to + "/y/b").expecting().output.isEmpty)
            try await penstock.run("copy", from + "/x/a", from + "/x/").expecting(2)
        }
    }

    @Test("refuse a source that is not there, and a destination with other content, and change nothing then")
    func refusals() async throws {
        try await AzureStageServer.during { stage in
            let ours = stage.penstock(.contoso)
            let (box, archive) = (stage.box("contosobackups"), stage.box("contosoarchive"))
            for (name, byte) in [("a", UInt8(1)), ("f/b", 2), ("f/c", 3)] {
                try await ours.run(["upload", "\(box)/\(name)"], input: [byte]).expecting()
            }
            try await ours.run(["upload", "\(archive)/c"], input: [9]).expecting()
            try await ours.run("copy", box + "/none", archive + "/").expecting(10)
            try await ours.run("copy", box + "/none/", archive + "/").expecting(10)
            try await ours.run("copy", box + "/a", stage.base + "/contosoarchive/none/").expecting(10)
            try await ours.run("copy", box + "/a", box + "/a").expecting(2)
            let other = try await ours.run("copy", box + "/f/", archive + "/").expecting(11)
            #expect(other.errors.contains("c is at the destination already"))
            let listed = try await ours.run("blob", "list", archive).expecting()
            #expect(listed.lines.count == 2, "only the header and the blob that was there: \(listed.text)")
        }
    }

    @Test("refuse a source that changes in the middle", arguments: ["server", "stream"])
    func changed(mode: String) async throws {
        let blocks = Count()
        try await AzureStageServer.during { line in
            if line.contains("operation=PutBlock") && line.contains("/contosoarchive/") { blocks.add() }
        } _: { stage in
            let ours = stage.penstock(.contoso)
            let (source, target) = (stage.box("contosobackups", "a"), stage.box("contosoarchive", "a"))
            try await ours.run(["upload", source], input: Self.bytes(4 << 20)).expecting()
            let words = [
                "copy", source, target, "--mode", mode, "--block-size", "64KiB", "--concurrency", "1", "--json",
            ]
            try await ours.during(words) { running in
                try await eventually("some blocks are staged") { blocks.value >= 3 }
                running.send(SIGSTOP)
                try await ours.run(["upload", source, "--overwrite"], input: Self.bytes(4 << 20, seed: 2)).expecting()
                running.send(SIGCONT)
                let end = try await running.finish().expecting(11)
                #expect(end.errors.contains("copy.source-changed"), "\(end.errors)")
            }
            try await ours.run("blob", "stat", target).expecting(10)
            try await ours.run(words).expecting()
            #expect(try await ours.run("download", target).output == Self.bytes(4 << 20, seed: 2))
        }
    }

    @Test(
        "of a recovery point hold at the destination, and are made once", .tags(.postgres),
        .enabled(if: PostgresCluster.isInstalled, "\(PostgresCluster.skipReason)"), arguments: ["custom", "directory"])
    func recoveryPoint(format: String) async throws {
        let cluster = try await PostgresCluster.shared()
        let name = PostgresCluster.uniqueName("copy")
        try await withDatabases([name], in: cluster, rows: 3000) {
            try await AzureStageServer.during { stage in
                var ours = stage.penstock(.contoso)
                ours.environment.merge(cluster.environment(database: name)) { $1 }
                let source = stage.box("contosobackups", "nightly/")
                try await ours.run(
                    "dump", "-d", name, "--to", source, "--name", "set", "--format", format
                ).expecting()
                let theirs = stage.penstock(.fabrikam, source: stage.identity(.contoso))
                let target = stage.box("fabrikambackups", "kept/")
                let words = ["copy", source + "set", target, "--json", "--block-size", "64KiB"]
                let run = try await theirs.run(words).expecting()
                #expect(try Self.summary(run).number("streamed") == 0)
                let order = try run.lines.dropLast().map { try JSON($0).text("destination") }
                #expect(order.suffix(2) == ["kept/set_manifest.json", "kept/set_timestamp.txt"])
                try await theirs.run("verify", target + "set", "--level", "archive").expecting()
                #expect(try Self.summary(try await theirs.run(words).expecting()).number("present") == order.count)
                // What the manifest names and the source has no more is not left out in silence.
                try await theirs.run("blob", "remove", target + "set_roles.sql", "--yes").expecting()
                let back = stage.penstock(.fabrikam)
                let lost = try await back.run("copy", target + "set", stage.box("fabrikambackups", "again/")).expecting(
                    10)
                #expect(lost.errors.contains("set_roles.sql"))
            }
        }
    }

    @Test("go on where they were interrupted, and never show half a blob or a marker too early")
    func interrupted() async throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        let (staged, moved) = (Count(), Count())
        try await AzureStageServer.during { line in
            if line.contains("operation=GetBlob ") { moved.add() }
            if line.contains("/fabrikambackups/"), line.contains("operation=PutBlock ") { moved.add() }
            if line.contains("operation=PutBlockFromURL") && line.contains("status=201") {
                staged.add()
            }
        } _: { stage in
            let ours = stage.penstock(.contoso)
            let names = ["set_database_a.sql", "set_roles.sql", "set_manifest.json", "set_timestamp.txt"]
            var contents: [String: [UInt8]] = [:]
            for (index, name) in names.enumerated() {
                let bytes = Self.bytes(index == 0 ? 6 << 20 : 100_000, seed: UInt64(index))
                contents[name] = bytes
                try await ours.run(["upload", stage.box("contosobackups", "s/" + name)], input: bytes).expecting()
            }
            let penstock = stage.penstock(.fabrikam, source: stage.identity(.contoso))
            let target = stage.box("fabrikambackups", "t/")
            let words = [
                "copy", stage.box("contosobackups", "s/"), target, "--block-size", "64KiB", "--concurrency", "2",
                "--json",
            ]
            for round in 0..<20 {
                let goal = staged.value + Int.random(in: 1...8, using: &generator)
                let signal = Bool.random(using: &generator) ? SIGKILL : SIGINT
                try await penstock.during(words) { running in
                    try await eventually("it has staged enough, or is done") {
                        if staged.value >= goal { return true }
                        return running.errors.contains("went through")
                    }
                    running.send(signal)
                    let code = try await running.finish().code
                    #expect([nil, 0, 130].contains(code), "round \(round), seed \(seed): \(running.errors)")
                }
                let listed = try await penstock.run("blob", "list", target, "--json").expecting()
                var sizes: [String: Int] = [:]
                for line in try listed.lines.map({ try JSON($0) }) {
                    sizes[String(try line.text("name").dropFirst(2))] = try line.number("size")
                }
                for (name, size) in sizes { #expect(size == contents[name]?.count, "seed \(seed)") }
                if sizes["set_timestamp.txt"] != nil { #expect(sizes.count == 4, "seed \(seed)") }
            }
            let last = try await penstock.run(words).expecting()
            #expect(try Self.summary(last).number("streamed") == 0)
            #expect(moved.value == 0, "bytes went through this machine")
            for (name, bytes) in contents {
                #expect(try await penstock.run("download", target + name).expecting().output == bytes)
            }
            // 96 and three times 2 blocks, and those that were under way, or whose answer was, at each interruption.
            #expect(staged.value <= 102 + 21 * 4, "seed \(seed)")
        }
    }
}
