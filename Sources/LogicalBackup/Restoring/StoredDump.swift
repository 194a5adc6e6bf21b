import BlobStorage
import PostgresFormats
import Subprocesses

/// A dump in a store whose members can be read by themselves, and handed on as those of a custom archive.
protocol StoredDump: Sendable {
    /// As that of an archive whose data is as ``write(_:by:to:)`` writes it.
    var contents: TableOfContents { get }
    /// The entries that tell pg_restore how to read the others.
    var settings: [DumpID] { get }
    /// In the order of the dump.
    var members: [StoredArchive.Member] { get }
    /// A name that no other dump has.
    var identity: String { get }

    /// Writes the data of members as it stands in an archive, behind the ``prefix(of:followedBy:)`` of the same.
    ///
    /// Every byte is checked before it is handed on. Throws ``MemberError`` for what did not arrive, and what `input`
    /// throws.
    func write(_ batch: RestoreBatch, by downloader: Downloader, to input: ProcessInput) async throws
}

extension StoredDump {
    /// What stands before the bytes of these members, one behind the other, so that all are an archive.
    ///
    /// - Parameter statement: What is to be run behind them, in their transaction.
    func prefix(of members: [StoredArchive.Member], followedBy statement: String?) -> [UInt8] {
        contents.excerpt(of: settings + members.map(\.dumpID), followedBy: statement)
    }

    /// What a message calls a member: `TABLE DATA public.rows (dump ID 3377)`.
    func name(of member: StoredArchive.Member) -> String {
        contents[member.dumpID]?.description ?? "dump ID \(member.dumpID)"
    }
}
