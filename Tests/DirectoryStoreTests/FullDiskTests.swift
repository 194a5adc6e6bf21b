import BlobStorage
import DirectoryStore
import SystemCalls
import TestSupport
import Testing

/// Whether this process may mount; asked once.
private let mayMount: Bool = {
    guard let path = try? Files.makeTemporaryDirectory(in: "/tmp", prefix: "penstock-mount-") else { return false }
    defer { try? Files.removeDirectory(path) }
    guard (try? ChildProcess.run("/bin/mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", path])) != nil else {
        return false
    }
    return (try? ChildProcess.run("/bin/umount", [path])) != nil
}()

@Suite("A directory store on a full disk", .enabled(if: mayMount, "mounting a small file system is not permitted here"))
struct FullDiskTests {
    private func withSmallDisk(_ body: (String) async throws -> Void) async throws {
        try await withTemporaryDirectory { path in
            try ChildProcess.run("/bin/mount", ["-t", "tmpfs", "-o", "size=12m", "tmpfs", path])
            do { try await body(path) } catch {
                try ChildProcess.run("/bin/umount", ["-l", path])
                throw error
            }
            try ChildProcess.run("/bin/umount", [path])
        }
    }

    @Test("refuses a block for which there is no space, keeps nothing of it, and goes on")
    func blocks() async throws {
        try await withSmallDisk { path in
            try await withStore(path) { account in
                let container = try ContainerName("full")
                _ = try await account.create(container, metadata: [:])
                let store = account.store(of: container)
                let bytes = [UInt8](repeating: 1, count: 1 << 20)
                var kept = 0
                await expect(.noSpace) {
                    for number in 0..<20 {
                        _ = try await store.put(
                            bytes.span, to: BlobName("\(number)"), attributes: BlobAttributes(), if: .always)
                        kept += 1
                    }
                }
                #expect(kept > 5 && kept < 12)
                #expect(try dataFiles(path).count == kept)
                await expect(.noSpace) {
                    var source = MemorySourceOfOnes(left: 4 << 20)
                    try await store.stage(&source, length: 4 << 20, as: block("1"), of: BlobName("streamed"))
                }
                #expect(try dataFiles(path).count == kept)
                for number in 0..<3 { try await store.delete(BlobName("\(number)"), if: .always) }
                try await store.stage(bytes.span, as: block("1"), of: BlobName("again"))
                try await store.commit([block("1")], to: BlobName("again"))
                #expect(try await store.text(of: BlobName("again")).utf8.count == 1 << 20)
            }
        }
    }

    @Test("reports an index that finds no space, and goes on when there is some")
    func index() async throws {
        try await withSmallDisk { path in
            try await withStore(path) { account in
                let container = try ContainerName("full")
                _ = try await account.create(container, metadata: [:])
                let store = account.store(of: container)
                try fill(path)
                var kept: [BlobName] = []
                await expect(.noSpace) {
                    for number in 0..<5000 {
                        let name = try BlobName("\(number)")
                        try await store.put(String(repeating: "x", count: 16_000), to: name, if: .absent)
                        kept.append(name)
                    }
                }
                try Files.remove(path + "/lost+found")
                for name in kept {
                    let size = try await store.text(of: name).utf8.count
                    #expect(size == 16_000)
                }
                #expect(try await store.list(BlobQuery()).entries.count == kept.count)
                try await store.put("fits again", to: BlobName("more"))
                #expect(try await store.text(of: BlobName("more")) == "fits again")
            }
            try await withStore(path) { account in
                let text = try await account.store(of: ContainerName("full")).text(of: BlobName("more"))
                #expect(text == "fits again")
            }
        }
    }

    /// Leaves no space to speak of.
    private func fill(_ path: String) throws {
        let file = try Files.open(path + "/lost+found", .create)
        let piece = [UInt8](repeating: 0, count: 4096)
        do throws(SystemError) {
            while true { try file.write(piece.span) }
        } catch {
            guard error.isNoSpace else { throw error }
        }
    }
}
