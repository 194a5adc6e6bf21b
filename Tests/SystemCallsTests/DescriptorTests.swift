import ByteStreams
import TestSupport
import Testing

@testable import SystemCalls

@Suite("A descriptor")
struct DescriptorTests {
    @Test("reads and writes at offsets, up to the limit and the room")
    func offsets() async throws {
        try await withTemporaryDirectory { path in
            let file = try Files.open(path + "/a", .create)
            try file.write(Array(0..<10).span)
            try file.write([99].span, at: 3)
            let whole = try await [UInt8].filled(capacity: 20) { _ = try file.read(at: 0, into: &$0) }
            #expect(whole == [0, 1, 2, 99, 4, 5, 6, 7, 8, 9])
            let limited = try await [UInt8].filled(capacity: 20) { _ = try file.read(at: 2, limit: 3, into: &$0) }
            #expect(limited == [2, 99, 4])
            let room = try await [UInt8].filled(capacity: 2) { _ = try file.read(at: 8, limit: 5, into: &$0) }
            #expect(room == [8, 9])
            let beyond = try await [UInt8].filled(capacity: 2) { _ = try file.read(at: 10, into: &$0) }
            #expect(beyond == [])
            try file.synchronizeData()
            try file.synchronize()
            try Files.openDirectory(path).synchronize()
        }
    }

    @Test("knows and changes the size of its file")
    func size() async throws {
        try await withTemporaryDirectory { path in
            let file = try Files.open(path + "/a", .update)
            #expect(try file.size() == 0)
            try file.resize(to: 1000)
            #expect(try file.size() == 1000)
            try file.resize(to: 3)
            let size = try file.duplicate().size()
            #expect(size == 3)
        }
    }

    @Test("locks exclude each other between openings, until they are closed")
    func locks() async throws {
        try await withTemporaryDirectory { path in
            let first = try Files.open(path + "/lock", .update)
            #expect(try first.tryLock(.shared))
            do {
                let second = try Files.open(path + "/lock", .update)
                #expect(try second.tryLock(.shared))
                #expect(try !first.tryLock(.exclusive))
            }
            #expect(try first.tryLock(.exclusive))
            let other = try Files.open(path + "/lock", .update).tryLock(.shared)
            #expect(!other)
        }
    }

    @Test("waits for a lock until it is free")
    func waits() async throws {
        try await withTemporaryDirectory { path in
            let threads = ThreadPool(name: "locks", width: 1)
            let order = Monitor<[String]>([])
            try await withThrowingTaskGroup(of: Void.self) { group in
                do {
                    let first = try Files.open(path + "/lock", .update)
                    try first.lock(.exclusive)
                    group.addTask {
                        try await threads.run {
                            let second = try Files.open(path + "/lock", .update)
                            try second.lock(.exclusive)
                            order.update { $0.append("second") }
                        }
                    }
                    order.update { $0.append("first") }
                    try first.close()
                }
                try await group.waitForAll()
            }
            #expect(order.update { $0 } == ["first", "second"])
        }
    }

    @Test("reads a pipe to its end, which comes when the other end is closed")
    func pipe() async throws {
        var ends = try Pipe().split()
        guard let reading = ends.reading.take() else { return }
        if let writing = ends.writing.take() {
            let isTerminal = writing.isTerminal
            #expect(!isTerminal)
            try writing.write([1, 2].span)
        }
        let bytes = try await [UInt8].filled(capacity: 10) { buffer in
            while try reading.read(into: &buffer) > 0 {}
        }
        #expect(bytes == [1, 2])
    }

    @Test("of a memory file is like that of any file")
    func memoryFile() async throws {
        let file = try MemoryFile([5, 6, 7].span, name: "toc")
        #expect(try file.descriptor.size() == 3)
        let bytes = try await [UInt8].filled(capacity: 3) { _ = try file.descriptor.read(at: 1, into: &$0) }
        #expect(bytes == [6, 7])
    }

    @Test("of a memory file is like that of any file where it must be on disk, and leaves no name there")
    func unnamedFile() async throws {
        try await withTemporaryDirectory { directory in
            let file = try MemoryFile([5, 6, 7].span, onDiskIn: directory)
            let isOnDisk = file.isOnDisk
            #expect(isOnDisk)
            #expect(try Files.names(in: directory) == [])
            let bytes = try await [UInt8].filled(capacity: 3) { _ = try file.descriptor.read(at: 1, into: &$0) }
            #expect(bytes == [6, 7])
            #expect(throws: SystemError.self) { _ = try MemoryFile([1].span, onDiskIn: directory + "/nowhere") }
            let other = try MemoryFile([1].span, name: "toc", orIn: directory + "/nowhere").isOnDisk
            #expect(!other)
        }
    }

    @Test("a filled array holds what was appended, and nothing if filling threw")
    func filled() async throws {
        #expect(try await [UInt8].filled(capacity: 0) { _ in } == [])
        #expect(try await [UInt8].filled(capacity: 4) { $0.append(copying: [1, 2].span) } == [1, 2])
        await #expect(throws: BrokenSource.Broken()) {
            try await [UInt8].filled(capacity: 4) { buffer in
                buffer.append(1)
                throw BrokenSource.Broken()
            }
        }
    }
}
