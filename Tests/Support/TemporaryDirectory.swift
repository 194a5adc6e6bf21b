import ByteStreams
import SystemCalls

/// Hands `body` the path of an empty directory, which is removed with all that is in it afterwards.
///
/// - Parameter inMemory: True where only the contents matter, not the disk: then nothing waits for it.
public func withTemporaryDirectory<Output>(
    inMemory: Bool = false, _ body: (String) async throws -> Output
) async throws -> Output {
    let parent = inMemory && Files.isDirectory("/dev/shm") ? "/dev/shm" : "/tmp"
    return try await withResource(
        { try Files.makeTemporaryDirectory(in: parent, prefix: "penstock-test-") },
        release: { try Files.removeTree($0) }, body: body)
}
