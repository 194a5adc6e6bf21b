import AzureIdentity
import FoundationEssentials
import Glibc
import HTTPMessages
import SystemCalls
import TestSupport
import Testing

@Suite("Trying out a location", .timeLimit(.minutes(2)))
struct CheckLocationTests {
    private func findings(_ run: Finished) throws -> [String: JSON] {
        var found: [String: JSON] = [:]
        for line in try run.lines.map({ try JSON($0) }) where try line.text("type") == "location-finding" {
            found[try line.text("probe")] = line
        }
        return found
    }

    @Test("finds the embedded server and a directory fit, and leaves both as they were")
    func fit() async throws {
        try await Place.make { place in
            try await place.upload([1, 2, 3], to: "nightly/first")
            let before = try await place.blobs()
            let run = try await Penstock().run("check", "location", place.container + "/nightly/", "--json").expecting()
            let found = try findings(run)
            #expect(
                Set(found.keys) == [
                    "reach", "clock", "authentication", "container", "list", "write", "create-only", "read", "tier",
                    "delete",
                ])
            #expect(try found.values.allSatisfy { try $0.text("severity") == "ok" })
            let end = try JSON(try #require(run.lines.last))
            #expect(try end.number("errors") == 0 && end.texts("skipped").isEmpty)
            let readOnly = try await Penstock().run("check", "location", place.container + "/nightly", "--read-only")
                .expecting()
            #expect(readOnly.text.contains("ok: read: allowed: 1 bytes of nightly/first"))
            #expect(readOnly.errors.contains("not tried: write, create-only, tier, delete"))
            #expect(try await place.blobs() == before)
            readOnly.expectNoSecrets()

            let directory = "file://\(place.work)/box"
            try await Penstock().run("upload", directory + "/a", "--create-container", input: [1]).expecting()
            let local = try await Penstock().run("check", "location", directory).expecting()
            #expect(local.text.contains("ok: delete:") && !local.text.contains("clock"))
            let listed = try await Penstock().run("blob", "list", directory, "--json").expecting()
            #expect(listed.lines.count == 1)
        }
    }

    @Test("says what stands in the way, and takes no refusal for nothing")
    func refused() async throws {
        try await PlayedAzure.run { azure in
            func check(_ application: PlayedAzure.Application, _ path: String = "box") async throws -> Finished {
                try await azure.penstock(.contoso, application).run("check", "location", azure.location(path))
            }
            try await check(.operator).expecting()
            let reader = try await check(.reader).expecting(17)
            #expect(reader.text.contains("ok: list: allowed") && reader.text.contains("error: write:"))
            #expect(
                reader.text.contains("AuthorizationPermissionMismatch") && reader.text.contains("role of the identity"))
            let nobody = try await check(.nobody).expecting(17)
            #expect(
                nobody.text.contains("error: list:") && nobody.text.contains("whether anything lies there is not known")
            )
            #expect(!nobody.text.contains("nothing lies") && !nobody.text.contains("there is no container"))
            let missing = try await check(.operator, "none").expecting(17)
            #expect(missing.text.contains("error: container: there is no container none"))
            let foreign = try await azure.penstock(.fabrikam).run("check", "location", azure.location("box")).expecting(
                17)
            #expect(foreign.text.contains("error: container:") && !foreign.text.contains("ok: list"))

            try await azure.manage(.post, PlayedAzure.box + "/setLegalHold", #"{"tags": ["case42"]}"#)
            let held = try await check(.operator).expecting()
            #expect(held.text.contains("warning: container:") && held.text.contains("legal hold"))
            #expect(!held.text.contains("write:"))
            try await azure.penstock().run("check", "location", azure.location("box"), "--strict").expecting(17)
            try await azure.manage(.post, PlayedAzure.box + "/clearLegalHold", #"{"tags": ["case42"]}"#)

            try await azure.change(#""publicNetworkAccess": "Disabled""#)
            let closed = try await check(.operator).expecting(17)
            #expect(closed.text.contains("error: list:") && closed.text.contains("AuthorizationFailure"))
            try await azure.change(#""publicNetworkAccess": "Enabled", "failoverInProgress": true"#)
            let busy = try await check(.operator).expecting(17)
            #expect(busy.text.contains("ok: list:") && busy.text.contains("error: write:"))
            try await azure.change(#""failoverInProgress": false"#)
            let listed = try await azure.penstock().run("blob", "list", azure.location("box"), "--json").expecting()
            #expect(listed.lines.isEmpty)
        }
    }

    @Test("says what a signature allows and when it ends, and writes only what it can remove")
    func signatures() async throws {
        try await Place.make { place in
            func check(_ permissions: String, start: Double = -60, end: Double) async throws -> Finished {
                var fields = SASFields()
                for (name, value) in [
                    "sv": "2021-12-02", "sr": "c", "sp": permissions,
                    "st": Date().addingTimeInterval(start).formatted(.iso8601),
                    "se": Date().addingTimeInterval(end).formatted(.iso8601),
                ] { fields[name] = value }
                let resource = SASResource(account: SharedKey.emulatorAccount, container: "backups")
                let token = try #require(SASToken.signing(fields, for: resource, with: SharedKey.emulator()))
                let run = try await Penstock().run(
                    "check", "location", place.container + "?" + token.reveal { $0.encoded })
                run.expectNoSecrets()
                return run
            }
            let full = try await check("rcwdl", end: 86_400 * 3).expecting()
            #expect(full.text.contains("ok: authentication: shared access signature") && full.text.contains("2 days"))
            #expect(full.text.contains("ok: delete:") && !full.text.contains("warning:"))
            let short = try await check("rcwdl", end: 600).expecting()
            #expect(short.text.contains("warning: authentication:") && short.text.contains("lasts longer"))
            let lacking = try await check("rlc", end: 86_400).expecting()
            #expect(lacking.text.contains("lacks d (delete)") && !lacking.text.contains("write:"))
            let blind = try await check("cwd", end: 86_400).expecting(17)
            #expect(
                blind.text.contains("error: list:") && blind.text.contains("whether anything lies there is not known"))
            for (start, end, word) in [(-7200.0, -60.0, "has ended"), (3600, 7200, "begins at")] {
                let late = try await check("rcwdl", start: start, end: end).expecting(17)
                #expect(late.text.contains("error: authentication:") && late.text.contains(word), "\(late.text)")
                #expect(!late.text.contains("container:"))
            }
            #expect(try await place.blobs().isEmpty)
        }
    }

    @Test("says who does not answer, and whose clock is wrong")
    func reach() async throws {
        let gone = try await Penstock().run(
            "check", "location", "http://127.0.0.1:1/devstoreaccount1/box", "--json"
        ).expecting(17)
        #expect(try findings(gone)["reach"]?.text("severity") == "error")
        #expect(try JSON(try #require(gone.lines.last)).texts("skipped").count == 9)
        let key = ["AZURE_STORAGE_ACCOUNT": "account1", "AZURE_STORAGE_KEY": Secrets.wrongKey]
        let penstock = Penstock(environment: Penstock.environment.merging(key) { $1 })
        for (skew, severity) in [(0.0, "ok"), (600, "warning"), (-600, "warning"), (7200, "error"), (-7200, "error")] {
            let server = try ScriptedServer { connection in
                while try connection.request() != nil {
                    let date = HTTPDate.format(Date().addingTimeInterval(skew))
                    try connection.answer(
                        403, headers: ["Date: \(date)", "x-ms-request-id: 1", "x-ms-error-code: AuthenticationFailed"])
                }
            }
            let location = "http://127.0.0.1:\(server.port)/account1/backups"
            let run = try await penstock.run("check", "location", location, "--json").expecting(17)
            #expect(try findings(run)["clock"]?.text("severity") == severity)
            #expect(try findings(run)["container"]?.text("severity") == "error")
        }
        try await Penstock().run("check", "location", "http://127.0.0.1:1/devstoreaccount1").expecting(2)
        try await Penstock().run("check", "location", "file:///nowhere/at/all").expecting(17)
        try await Penstock().run("check", "location").expecting(2)
    }

    @Test("finds out a store that looks at no conditions")
    func careless() async throws {
        let server = try ScriptedServer { connection in
            while let request = try connection.request() {
                let tag = ["x-ms-request-id: 1", "ETag: \"1\"", "Last-Modified: Fri, 15 Mar 2024 09:30:00 GMT"]
                let sum = request.header("x-ms-content-crc64").map { ["x-ms-content-crc64: \($0)"] } ?? []
                let isWrite = request.line.hasPrefix("PUT ")
                try connection.answer(isWrite ? 201 : request.line.hasPrefix("DELETE ") ? 202 : 200, headers: tag + sum)
            }
        }
        let key = ["AZURE_STORAGE_ACCOUNT": "account1", "AZURE_STORAGE_KEY": Secrets.wrongKey]
        let penstock = Penstock(environment: Penstock.environment.merging(key) { $1 })
        let run = try await penstock.run(
            "check", "location", "http://127.0.0.1:\(server.port)/account1/backups"
        ).expecting(17)
        #expect(run.text.contains("ok: write:") && run.text.contains("error: create-only: a second"), "\(run.text)")
    }

    @Test("takes its blob away when it is interrupted")
    func interrupted() async throws {
        let faults = #"{"seed": 1, "rules": [{"fault": "delay", "milliseconds": 8000, "operations": ["GetBlob"]}]}"#
        try await Place.make(faults: faults) { place in
            try await Penstock().during(["check", "location", place.container]) { running in
                try await eventually("the blob is there") { try await place.blobs().count == 1 }
                running.send(SIGINT)
                try await running.finish().expecting(130)
            }
            #expect(try await place.blobs().isEmpty)
        }
    }
}
