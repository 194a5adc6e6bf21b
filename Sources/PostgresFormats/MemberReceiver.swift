/// Gets the data of an archive without its framing, in the archive's order.
///
///     members   beginMember { (beginLargeObject? (beginChunk receive …) … endStream) … } endMember
///
/// A table's data is one stream; large objects are one each.
public protocol MemberReceiver: ~Copyable {
    mutating func beginMember(_ member: ArchiveMember)
    mutating func beginLargeObject(_ oid: UInt32)
    /// The next bytes of the stream begin a chunk.
    mutating func beginChunk()
    /// The next bytes of the stream, as they are stored.
    mutating func receive(_ payload: Span<UInt8>)
    /// The stream, of the table or of the large object, is whole.
    mutating func endStream()
    mutating func endMember()
}

extension MemberReceiver where Self: ~Copyable {
    @inline(__always) public mutating func beginChunk() {}
}

/// For those who only want to know where the members are.
struct NoReceiver: MemberReceiver {
    func beginMember(_ member: ArchiveMember) {}
    func beginLargeObject(_ oid: UInt32) {}
    @inline(__always) func receive(_ payload: Span<UInt8>) {}
    func endStream() {}
    func endMember() {}
}
