import AzureIdentity
import HTTPMessages
import SystemCalls
import TestSupport
import Testing

@Suite("What the store refuses", .serialized)
struct StoreRefusalTests {
    @Test("an upload that cannot be right leaves what is there")
    func uploads() async throws {
        try await Place.make { place in
            try await place.upload(Array("first".utf8), to: "taken")
            let before = try await place.blobs()
            let (penstock, location) = (Penstock(), place.container)
            try await penstock.run("upload", location + "/taken", input: Array("second".utf8))
                .expectingRefusal(11, saying: "backups/taken", hint: "nothing was overwritten")
            try await penstock.run("upload", location + "/empty", input: [])
                .expectingRefusal(1, saying: "empty", hint: "--allow-empty")
            try await penstock.run("upload", location + "/folder/", input: [1])
                .expectingRefusal(2, saying: "folder", hint: "slash")
            try await penstock.run("upload", place.server.account + "/absent/x", input: [1])
                .expectingRefusal(10, saying: "absent", hint: "--create-container")
            try await penstock.run("upload", place.server.account + "/absent/x", "--overwrite", input: [1])
                .expectingRefusal(10, saying: "absent", hint: "--create-container")
            #expect(try await place.blobs() == before)
            #expect(try await place.download("taken") == Array("first".utf8))
            try await penstock.run("upload", location + "/taken", "--overwrite", input: Array("second".utf8))
                .expecting()
            #expect(try await place.download("taken") == Array("second".utf8))
            try await penstock.run("upload", location + "/empty", "--allow-empty", input: []).expecting()
            #expect(try await place.download("empty") == [])
            try await penstock.run("upload", place.server.account + "/made/x", "--create-container", input: [1])
                .expecting()
        }
    }

    @Test("what is not there is said to be missing")
    func missing() async throws {
        try await Place.make { place in
            let (penstock, location) = (Penstock(), place.container)
            let absent = place.server.account + "/absent"
            let commands: [([String], String)] = [
                (["download", location + "/none"], "blob list"), (["blob", "stat", location + "/none"], "blob list"),
                (["blob", "remove", location + "/none", "--yes"], "blob list"),
                (["show", location + "/none"], "penstock list"), (["list", absent], "container create"),
                (["blob", "list", absent], "container create"), (["orphans", absent], "container create"),
                (["container", "remove", absent, "--yes"], "container create"),
            ]
            for (words, hint) in commands {
                let finished = try await penstock.run(words)
                finished.expectingRefusal(10, hint: hint)
                #expect(finished.output == [])
            }
            try await penstock.run("container", "create", location).expectingRefusal(11, saying: "backups")
            #expect(try await penstock.run("list", location).expecting().output == [])
        }
    }

    @Test("what is removed is asked about, and only --yes will do without a terminal")
    func confirmation() async throws {
        try await Place.make { place in
            try await place.upload([1], to: "x")
            let before = try await place.blobs()
            for words in [["blob", "remove", place.container + "/x"], ["container", "remove", place.container]] {
                try await Penstock().run(words).expectingRefusal(2, saying: "--yes")
                try await Penstock().run(words + ["--dry-run"]).expecting()
            }
            #expect(try await place.blobs() == before)
        }
    }

    @Test("a wrong key is named with the request that the server refused")
    func wrongKey() async throws {
        try await Place.make { place in
            var penstock = Penstock()
            penstock.environment["AZURE_STORAGE_KEY"] = Secrets.wrongKey
            let commands = [
                ["list", place.container], ["upload", place.container + "/x"], ["download", place.container + "/x"],
                ["container", "create", place.server.account + "/other"], ["blob", "list", place.container],
            ]
            for words in commands {
                try await penstock.run(words, input: [1])
                    .expectingRefusal(12, saying: "403", "request ", hint: "AZURE_STORAGE_KEY")
            }
            #expect(try await place.blobs() == [:])
        }
    }

    @Test("a shared access signature does what it allows and no more, and is never shown")
    func signature() async throws {
        try await Place.make { place in
            try await place.upload(Array("text".utf8), to: "x")
            let reading = try sharedAccess("r")
            let (penstock, location) = (Penstock(), place.container)
            let read = try await penstock.run("download", location + "/x?" + reading).expecting()
            #expect(read.text == "text")
            read.expectNoSecrets()
            let changes = [
                ["upload", location + "/y?" + reading], ["blob", "remove", location + "/x?" + reading, "--yes"],
            ]
            for words in changes {
                try await penstock.run(words, input: [1])
                    .expectingRefusal(12, saying: "403", "request ", hint: "permissions of the SAS")
            }
            try await penstock.run("list", location + "?" + reading, "--verbose").expectingRefusal(12, saying: "403")
            let broken = reading.replacing("sp=r", with: "sp=rw")
            try await penstock.run("upload", location + "/y?" + broken, input: [1]).expectingRefusal(12, saying: "403")
            #expect(try await Array(place.blobs().keys) == ["x"])
        }
    }

    /// A signature for the container with these permissions.
    private func sharedAccess(_ permissions: String) throws -> String {
        var fields = SASFields()
        for (name, value) in ["sv": "2021-12-02", "sr": "c", "sp": permissions, "se": "2999-01-01"] {
            fields[name] = value
        }
        let resource = SASResource(account: SharedKey.emulatorAccount, container: "backups")
        let token = try #require(SASToken.signing(fields, for: resource, with: SharedKey.emulator()))
        return token.reveal { $0.encoded }
    }

    @Test("a server that does not run is said soon, whatever is asked of it", .timeLimit(.minutes(2)))
    func refused() async throws {
        try await withTemporaryDirectory { directory in
            // A port that was free a moment ago: nobody listens on it any more.
            let account = try await StoreServer.during(directory: directory) { $0.account }
            let commands = [
                ["list", account + "/backups"], ["upload", account + "/backups/x"],
                ["upload", account + "/backups/x", "--overwrite"], ["container", "list", account],
                ["container", "create", account + "/backups"],
            ]
            try await withThrowingTaskGroup { group in
                for words in commands {
                    group.addTask {
                        let start = ContinuousClock.now
                        try await Penstock().run(words, input: [1])
                            .expectingRefusal(13, saying: "could not be reached", hint: "service is running")
                        #expect(ContinuousClock.now - start < .seconds(30))
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("a directory belongs to one server, and to no other process meanwhile")
    func oneServer() async throws {
        try await Place.make { place in
            try await Penstock().run("serve", "--data", place.store, "--port", "0")
                .expectingRefusal(11, saying: place.store, hint: "Stop the other")
            try await Penstock().run("list", "file://" + place.store + "/backups")
                .expectingRefusal(11, saying: place.store, hint: "penstock serve")
        }
    }
}
