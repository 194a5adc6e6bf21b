import BackupCatalog
import BackupModel
import BlobStorage
import ByteStreams
import Compression
import PostgresFormats
import Subprocesses

/// Reads the files of a directory's members, and hands their data on with the framing of an archive.
///
/// While one file is handed on, the next are fetched, if they are small: many tables would else cost an answer's time
/// each.
struct DirectoryReader: Sendable {
    let directory: StoredDirectory
    let downloader: Downloader

    /// A file that is fetched in advance is no larger, in bytes.
    private static let smallFile = 64 << 10
    private static let filesAhead = 16

    /// What comes next: framing, and then perhaps a file.
    fileprivate struct Item: Sendable {
        let member: StoredArchive.Member
        var framing: [UInt8]
        var part: RecoveryPoint.Part?

        var isSmall: Bool { part.map { $0.file.size <= DirectoryReader.smallFile } ?? false }
    }

    /// Throws ``MemberError`` for what cannot be read, and what `input` throws.
    func write(_ members: [StoredArchive.Member], to input: ProcessInput) async throws {
        try await withThrowingTaskGroup(of: (index: Int, bytes: [UInt8]).self) { group in
            var items = ItemQueue(members, reader: self)
            var waiting: [(index: Int, item: Item)] = []
            var early: [Int: [UInt8]] = [:]
            var count = 0
            while true {
                while waiting.count < Self.filesAhead, let item = try await items.next() {
                    let index = count
                    if let part = item.part, item.isSmall {
                        group.addTask { (index, try await naming(item.member) { try await bytes(of: part) }) }
                    }
                    waiting.append((index, item))
                    count += 1
                }
                guard !waiting.isEmpty else { return }
                let (index, item) = waiting.removeFirst()
                try await input.write(item.framing.span)
                guard let part = item.part else { continue }
                if item.isSmall {
                    while early[index] == nil, let fetched = try await group.next() {
                        early[fetched.index] = fetched.bytes
                    }
                    let bytes = early.removeValue(forKey: index) ?? []
                    try await naming(item.member) {
                        var sink = try ChunkSink(input, of: part)
                        try await sink.write(bytes.span)
                        try await sink.finish()
                    }
                } else {
                    try await naming(item.member) {
                        var sink = try ChunkSink(input, of: part)
                        _ = try await downloader.download(part.blob, pieces: part.file.pieces, into: &sink)
                        try await sink.finish()
                    }
                }
            }
        }
    }

    fileprivate func bytes(of part: RecoveryPoint.Part) async throws -> [UInt8] {
        var sink = MemorySink(limit: part.file.size)
        _ = try await downloader.download(part.blob, pieces: part.file.pieces, into: &sink)
        return sink.bytes
    }

    /// Says of what is wrong with a file whose it is.
    fileprivate func naming<Output>(
        _ member: StoredArchive.Member, _ body: () async throws -> Output
    ) async throws -> Output {
        do {
            return try await body()
        } catch let error where !(error is CancellationError || error is SubprocessError || error is MemberError) {
            throw MemberError(member: directory.name(of: member), cause: error)
        }
    }
}

/// Makes the items of members, one after the other: large objects may be many.
private struct ItemQueue {
    private var members: ArraySlice<StoredArchive.Member>
    private let reader: DirectoryReader
    /// Of the member that was begun last, if it is one of large objects.
    private var objects: (member: StoredArchive.Member, rest: ArraySlice<UInt32>)?
    /// What stands before the next file, of the member before.
    private var framing: [UInt8] = []

    init(_ members: [StoredArchive.Member], reader: DirectoryReader) {
        self.members = members[...]
        self.reader = reader
    }

    mutating func next() async throws -> DirectoryReader.Item? {
        while true {
            if let (member, rest) = objects {
                guard let oid = rest.first else {
                    objects = nil
                    return end(member)
                }
                objects = (member, rest.dropFirst())
                let part = try await reader.naming(member) {
                    try reader.directory.part(.largeObject(oid), of: member)
                }
                return item(of: member, BlockFraming.start(ofLargeObject: oid), part)
            }
            guard let member = members.popFirst() else { return nil }
            let (file, part) = try await reader.naming(member) { try reader.directory.file(of: member) }
            let kind: ArchiveMember.Kind = file.isData ? .tableData : .largeObjects
            let start = BlockFraming.start(of: ArchiveMember(dumpID: member.dumpID, kind: kind, offset: 0))
            if file.isData { return item(of: member, start, part) }
            let list = try await reader.naming(member) { try LargeObjectList(try await reader.bytes(of: part)) }
            framing += start
            objects = (member, list.objects[...])
        }
    }

    /// A file; its stream is ended by what follows it.
    private mutating func item(
        of member: StoredArchive.Member, _ start: [UInt8], _ part: RecoveryPoint.Part
    ) -> DirectoryReader.Item {
        defer { framing = [] }
        return DirectoryReader.Item(member: member, framing: framing + start, part: part)
    }

    private mutating func end(_ member: StoredArchive.Member) -> DirectoryReader.Item {
        defer { framing = [] }
        return DirectoryReader.Item(member: member, framing: framing + BlockFraming.end, part: nil)
    }
}

/// Expands a file's bytes, and writes them as the chunks of a stream.
private struct ChunkSink: ByteSink, ~Copyable {
    private let input: ProcessInput
    private let file: String
    private var expander: StreamExpander?
    private var output: [UInt8] = []

    /// The longest chunk, in bytes; pg_restore takes one whole.
    private static let longest = 1 << 20

    init(_ input: ProcessInput, of part: RecoveryPoint.Part) throws {
        self.input = input
        file = part.file.place?.name ?? part.file.name
        expander = try DirectoryFile.parse(file)?.compression.fileMethod.map { try StreamExpander($0) }
    }

    mutating func write(_ bytes: Span<UInt8>) async throws {
        guard expander != nil else { return try await writeChunks(bytes) }
        var start = 0
        repeat {
            output.removeAll(keepingCapacity: true)
            start += try expand(bytes.extracting(start...))
            try await writeChunks(output.span)
        } while start < bytes.count || !output.isEmpty
    }

    private mutating func expand(_ bytes: Span<UInt8>) throws(CompressionError) -> Int {
        try expander?.expandSome(bytes, into: &output) ?? bytes.count
    }

    private func writeChunks(_ bytes: Span<UInt8>) async throws {
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Self.longest)
            try await input.write(BlockFraming.chunk(of: end - start).span)
            try await input.write(bytes.extracting(start..<end))
            start = end
        }
    }

    /// Ends the stream, once all bytes of the file were written.
    mutating func finish() async throws {
        if let hasEnded = expander?.hasEnded, !hasEnded { throw DirectoryError(.fileCut(file: file)) }
        let end = BlockFraming.end
        try await input.write(end.span)
    }
}

extension ArchiveCompression {
    /// How a file of a directory is brought back; `nil` if it is as it is.
    var fileMethod: StreamExpander.Method? {
        switch self {
        case .none: nil
        case .zlib: .gzip
        case .lz4: .lz4
        case .zstd: .zstd
        }
    }
}
