import SystemCalls
import TestSupport
import Testing

@Suite("What strangers send")
struct FuzzSeedTests {
    /// A file under `fixtures/fuzz`: a seed of a target, or an input that once broke a promise.
    struct Kept: Sendable, CustomTestStringConvertible {
        let target: FuzzTarget
        let path: String

        var testDescription: String { path }
    }

    @Test("no promise is broken by an input that is kept", arguments: try Self.kept())
    func keptInput(_ kept: Kept) async throws {
        try await kept.target.check(Fixtures.bytes(kept.path))
    }

    @Test("each target has seeds", arguments: FuzzTarget.allCases)
    func seeds(target: FuzzTarget) throws {
        #expect(try Self.kept().count { $0.target == target } > 3)
    }

    private static func kept() throws -> [Kept] {
        try FuzzTarget.allCases.flatMap { target in
            try ["fuzz/\(target.rawValue)", "fuzz/regressions/\(target.rawValue)"].flatMap { directory -> [Kept] in
                guard Files.isDirectory("\(Fixtures.packageRoot)/fixtures/\(directory)") else { return [] }
                return try Fixtures.names(in: directory, suffix: "").map {
                    Kept(target: target, path: "\(directory)/\($0)")
                }
            }
        }
    }
}
