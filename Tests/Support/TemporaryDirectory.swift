import ByteStreams
import SystemCalls

/// Hands `body` the path of an empty directory, which is removed with all that is in it afterwards.
public func withTemporaryDirectory<Output>(_ body: (String) async throws -> Output) async throws -> Output {
    try await withResource(
        { try Files.makeTemporaryDirectory(in: "/tmp", prefix: "penstock-test-") },
        release: { try Files.removeTree($0) }, body: body)
}
