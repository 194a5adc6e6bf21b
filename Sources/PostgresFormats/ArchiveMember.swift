/// The data of one entry, as it lies in a custom-format archive.
public struct ArchiveMember: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case tableData
        case largeObjects
    }

    public var dumpID: DumpID
    public let kind: Kind
    /// Where its block begins, in bytes from the start of the archive.
    public let offset: Int
    /// Bytes of the whole block with its framing: the next member begins at `offset + length`.
    public internal(set) var length = 0
    /// Bytes of data as stored, compressed or not, without framing.
    public internal(set) var payloadSize = 0
    /// 0 for table data.
    public internal(set) var largeObjectCount = 0

    public init(dumpID: DumpID, kind: Kind, offset: Int) {
        self.dumpID = dumpID
        self.kind = kind
        self.offset = offset
    }
}
