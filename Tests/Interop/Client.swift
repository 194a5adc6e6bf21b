import ByteStreams
import TestSupport
import Testing

/// A client that somebody else wrote, driven for real.
enum Client: String, Sendable {
    case storageSDK = "azure-storage-blob"
    case identitySDK = "azure-identity"
    case azureCLI = "azure-cli"
    case rclone
    case adlfs
    case barman
    case pgBackRest

    /// True in `make interop`, which installs every client; plain `make test` drives the storage SDK alone.
    static let areInstalled = TestEnvironment["PENSTOCK_INTEROP"] == "1"
    static let skipReason: Comment = "only `make interop` installs and drives this client"
}

/// A program of `Tests/Interop/Python` that drives one client.
struct ClientProgram: Sendable, CustomTestStringConvertible {
    let client: Client
    let name: String
    /// How many assertions it makes at least: a program that lost some must not pass unseen.
    let atLeast: Int

    init(_ client: Client, _ name: String, atLeast: Int) {
        self.client = client
        self.name = name
        self.atLeast = atLeast
    }

    var testDescription: String { name }

    /// Runs it against a store of its own, and counts.
    ///
    /// - Parameter options: More options of `penstock serve`.
    func check(options: [String] = [], sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await ServedStore.with(options: options) { store in
            try expect(try await store.python(name), sourceLocation: sourceLocation)
        }
    }

    /// Runs it against that store, and counts.
    func check(
        against store: ServedStore, environment: [String: String], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try expect(try await store.python(name, [], environment: environment), sourceLocation: sourceLocation)
    }

    /// Reads what a program has printed; `scripts/interop` adds up the line that this prints.
    func expect(_ output: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let report = try #require(ProgramReport(output), "\(output)", sourceLocation: sourceLocation)
        #expect(report.client.hasPrefix(client.rawValue + " "), sourceLocation: sourceLocation)
        #expect(report.assertions >= atLeast, sourceLocation: sourceLocation)
        print("interop: \(report.client): \(report.assertions) assertions (\(name))")
    }
}

/// The last line of a program, `CLIENT VERSION: N assertions`.
struct ProgramReport {
    /// With its version.
    let client: String
    let assertions: Int

    init?(_ output: String) {
        guard let line = output.split(separator: "\n").last, let colon = line.lastIndex(of: ":") else { return nil }
        let words = line[line.index(after: colon)...].split(separator: " ")
        guard words.count == 2, words[1] == "assertions", let count = Int(words[0]) else { return nil }
        client = String(line[..<colon])
        assertions = count
    }
}
