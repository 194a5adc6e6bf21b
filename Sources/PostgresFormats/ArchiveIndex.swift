/// Where everything lies in a custom-format archive that has been seen to be whole.
public struct ArchiveIndex: Sendable {
    public let contents: TableOfContents
    /// One for each entry that has data, in the archive's order, without gaps from the prefix to the end.
    public let members: [ArchiveMember]
    /// Bytes of the whole archive.
    public let archiveSize: Int

    /// For each member the bytes of its data as stored.
    public var payloadSizes: [DumpID: Int] {
        Dictionary(members.map { ($0.dumpID, $0.payloadSize) }, uniquingKeysWith: { first, _ in first })
    }

    /// The archive's prefix with the offset of every member filled in.
    ///
    /// It has the same size as the prefix that was read, and the bytes that pg_dump itself writes when its output can
    /// seek: put before the unchanged data, it makes an archive that `pg_restore -j` and `pg_restore -t` need not scan.
    public func patchedPrefix() -> [UInt8] {
        let offsets = Dictionary(members.map { ($0.dumpID, $0.offset) }, uniquingKeysWith: { first, _ in first })
        return contents.prefix(replacingDataStates: { entry in offsets[entry].map { .offset($0) } })
    }
}
