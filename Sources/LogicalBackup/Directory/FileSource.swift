import ByteStreams

/// One file of a directory: the splitter that takes it out of an archive comes back at its end.
struct FileSource<Source: ByteSource & Sendable & ~Copyable>: ~Copyable, ByteSource, Sendable {
    private var head: MemorySource
    private var splitter: FileSplitter<Source>?
    private let back: Return<FileSplitter<Source>>

    /// - Parameters:
    ///   - head: What has been read of the file already.
    ///   - back: Gets the splitter at the end of the file, or hears that it is lost.
    init(
        _ head: [UInt8], _ splitter: consuming FileSplitter<Source>, returningTo back: Return<FileSplitter<Source>>
    ) {
        self.head = MemorySource(head)
        self.splitter = consume splitter
        self.back = back
    }

    deinit { back.lose() }

    mutating func read(into buffer: inout OutputSpan<UInt8>) async throws {
        let before = buffer.count
        try await head.read(into: &buffer)
        guard buffer.count == before else { return }
        guard var splitter = splitter.take() else { return }
        try await splitter.read(into: &buffer)
        if buffer.count == before {
            back.give(back: splitter)
        } else {
            self.splitter = consume splitter
        }
    }
}
