import ByteStreams
import Compression
import PostgresFormats
import Synchronization
import SystemCalls

/// The data of an archive behind its table of contents, on its way into the files of a directory.
struct MembersFeed<Source: ByteSource & ~Copyable>: ~Copyable, PackingFeed {
    private var source: Source
    private var input: ArchiveIndexer
    private let record: MembersRecord

    /// - Parameter contents: The table of contents of what comes.
    init(_ source: consuming Source, behind contents: TableOfContents, record: MembersRecord) {
        self.source = source
        self.record = record
        input = ArchiveIndexer(behind: contents)
    }

    mutating func advance(through room: inout Block, into cutter: inout PieceCutter) async throws -> Bool {
        cutter.countsLineFeeds = true
        room.removeAll()
        try await room.withFreeSpace { try await source.read(into: &$0) }
        guard !room.isEmpty else {
            record.set(try input.finish())
            return false
        }
        try room.withBytesNow { _ = try input.consume($0, into: &cutter) }
        record.add(cutter.takeLineFeeds())
        return true
    }

    mutating func check(_ output: Span<UInt8>) {}

    func finish(_ sum: StreamSum) {}
}

extension MembersFeed: Sendable where Source: Sendable & ~Copyable {}

/// Where the members of an archive leave what is known of them once they have passed.
final class MembersRecord: Sendable {
    private struct State {
        var lineFeeds: [DumpID: Int] = [:]
        var index: ArchiveIndex?
    }

    private let state = Mutex(State())

    func add(_ lineFeeds: [DumpID: Int]) {
        guard !lineFeeds.isEmpty else { return }
        state.withLock { $0.lineFeeds.merge(lineFeeds, uniquingKeysWith: +) }
    }

    func set(_ index: ArchiveIndex) { state.withLock { $0.index = index } }

    /// For each member the bytes of its data; empty until all have passed.
    var rawSizes: [DumpID: Int] { state.withLock { $0.index?.payloadSizes } ?? [:] }

    /// For each table that is copied the rows of its data.
    ///
    /// A row holds no line feed; behind the last come the end mark and two empty lines.
    var rows: [DumpID: Int] {
        state.withLock { state in
            guard let contents = state.index?.contents else { return [:] }
            let copied = contents.filter { $0.copyStatement?.bytes.isEmpty == false }
            return Dictionary(
                uniqueKeysWithValues: copied.compactMap { entry in
                    state.lineFeeds[entry.dumpID].flatMap { $0 >= 3 ? (entry.dumpID, $0 - 3) : nil }
                })
        }
    }
}
