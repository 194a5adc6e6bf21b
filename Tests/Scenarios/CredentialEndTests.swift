import AzureIdentity
import FoundationEssentials
import HTTPMessages
import Subprocesses
import SystemCalls
import TestSupport
import Testing

@Suite("A shared access signature that ends", .serialized, .timeLimit(.minutes(2)))
struct CredentialEndTests {
    /// A signature for the container that ends so many seconds from now.
    private func signature(endingAfter seconds: Double) throws -> (text: String, end: String) {
        let end = Date().addingTimeInterval(seconds).formatted(.iso8601)
        return (try signature(["sp": "rcwdl", "se": end]), end)
    }

    private func signature(_ values: [String: String]) throws -> String {
        var fields = SASFields()
        for (name, value) in values.merging(["sv": "2021-12-02", "sr": "c"], uniquingKeysWith: { $1 }) {
            fields[name] = value
        }
        let resource = SASResource(account: SharedKey.emulatorAccount, container: "backups")
        let token = try #require(SASToken.signing(fields, for: resource, with: SharedKey.emulator()))
        return token.reveal { $0.encoded }
    }

    @Test("is refused before anything is read or asked, by every command")
    func ended() async throws {
        try await Place.make { place in
            let (signature, end) = try signature(endingAfter: -60)
            let location = place.container
            let asked = place.server.running.errors
            for words in [
                ["upload", "\(location)/x?\(signature)"], ["download", "\(location)/x?\(signature)"],
                ["dump", "--to", "\(location)?\(signature)", "-h", "/nowhere"],
                ["restore", "\(location)/set?\(signature)", "--yes"], ["list", "\(location)?\(signature)"],
            ] {
                try await Penstock().run(words, input: [1]).expectingRefusal(
                    12, saying: "has ended", end, hint: "new SAS")
            }
            #expect(place.server.running.errors == asked)
            let shown = try await Penstock().run("whoami", "\(location)?\(signature)").expecting()
            #expect(shown.text.contains("ended:") && shown.text.contains(end))
            shown.expectNoSecrets()
        }
    }

    @Test("is warned about where it may end before the transfer")
    func warning() async throws {
        try await Place.make { place in
            let (signature, end) = try signature(endingAfter: 1800)
            let location = "\(place.container)/x?\(signature)"
            let unknown = try await Penstock().run("upload", location, "--verbose", input: [1]).expecting()
            #expect(unknown.errors.contains("warning: the shared access signature ends at \(end)"), "\(unknown.errors)")
            #expect(unknown.errors.contains("ends=\(end)"), "\(unknown.errors)")
            let small = try await Penstock().run("upload", location, "--overwrite", "--size-hint", "1MiB", input: [1])
            #expect(!small.expecting().errors.contains("warning"))
            let big = try await Penstock().run("upload", location, "--overwrite", "--size-hint", "500GiB", input: [1])
            #expect(big.expecting().errors.contains("500.0 GiB"))
            #expect(try await !Penstock().run("download", location).expecting().errors.contains("warning"))
            #expect(
                try await Penstock().run("whoami", location, "--json").expecting().text.contains(#""ends":"\#(end)""#))
        }
    }

    @Test("that it does not say is logged as unknown, and that of a key as never")
    func unknown() async throws {
        try await Place.make { place in
            // Whatever the server makes of it; its end is in a policy that the account keeps.
            let signature = try signature(["si": "nightly"])
            let stored = try await Penstock().run("blob", "list", "\(place.container)?\(signature)", "--verbose")
            #expect(stored.errors.contains("ends=unknown"), "\(stored.errors)")
            stored.expectNoSecrets()
            let key = try await Penstock().run("blob", "list", place.container, "--verbose").expecting()
            #expect(key.errors.contains("ends=never"), "\(key.errors)")
        }
    }

    @Test("in the middle of an upload is said, with the time and what to do, and nothing is visible")
    func midStream() async throws {
        try await Place.make { place in
            let (signature, end) = try signature(endingAfter: 10)
            let command = Penstock().command(["upload", "\(place.container)/x?\(signature)"])
            let messages = Lines()
            let finished = try await withSubprocess(
                command, standardInput: .pipe, standardOutput: .pipe, receiveMessage: { messages.add($0) }
            ) { process in
                let piece = [UInt8](repeating: 1, count: 16 << 20)
                try await process.input.write(piece.span)
                try await eventually("the end of the signature") { Date().formatted(.iso8601) > end }
                // It may have given up before all of it is read.
                try? await process.input.write(piece.span)
                try? await process.input.finish()
                return try await Program.finish(process, messages)
            }
            finished.expectingRefusal(12, saying: "has ended", end, "403", hint: "new SAS")
            #expect(try await place.blobs() == [:])
        }
    }
}
