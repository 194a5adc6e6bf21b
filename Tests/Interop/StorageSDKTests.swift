import TestSupport
import Testing

/// Microsoft's SDK for Python against `penstock serve`: a client that nobody here wrote, used as its documentation says.
///
/// Each program under `Python/` stops at the first assertion that does not hold and says which.
@Suite(
    "The storage SDK for Python", .enabled(Comment(rawValue: PythonEnvironment.skipReason), PythonEnvironment.isReady))
struct StorageSDKTests {
    /// Programs, and how many assertions each makes at least: a program that lost some must not pass unseen.
    static let programs = [
        ("containers", 26), ("blobs", 90), ("blocks", 22), ("reading", 24), ("listing", 30), ("permissions", 36),
        ("asynchronous", 8), ("both_ways", 32), ("copies", 34),
    ]

    @Test("finds the service it expects", .tags(.storage), arguments: programs)
    func program(name: String, atLeast assertions: Int) async throws {
        let output = try await ServedStore.with { try await $0.python(name) }
        let passed = try #require(assertionCount(output), "\(output)")
        #expect(passed >= assertions)
        print("interop: \(name).py passed \(passed) assertions")
    }
}
