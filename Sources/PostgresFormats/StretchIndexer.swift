/// A member, or a part of one, in a stretch of an archive's data.
public struct StretchPart: Sendable, Hashable {
    public let dumpID: DumpID
    public let kind: ArchiveMember.Kind
    /// Bytes with framing.
    public let length: Int
    /// Bytes of data as stored, without framing.
    public let payloadSize: Int
    public let largeObjectCount: Int
    /// Whether the member's first byte is in it.
    public let begins: Bool
    /// Whether the member's last byte is in it.
    public let ends: Bool
}

/// Finds the members in a stretch of an archive's data that is made apart from the others, while its bytes pass.
///
/// A stretch is members in a row, or a part of one that ends between two chunks. ``ArchiveIndex/init(contents:stretches:)``
/// proves that stretches put one behind the other are a whole archive.
public struct StretchIndexer: Sendable {
    private var walker: BlockWalker
    private let resumes: Bool

    /// - Parameter member: The member in whose middle the stretch begins; `nil` if it begins between members.
    public init(_ contents: TableOfContents, inside member: DumpID? = nil) {
        walker = BlockWalker(contents, inside: member)
        resumes = member != nil
    }

    public mutating func consume(_ bytes: Span<UInt8>) throws(ArchiveError) {
        var receiver = NoReceiver()
        try walker.consume(bytes, from: 0, into: &receiver)
    }

    /// The parts of the stretch, once its bytes have ended.
    public func finish() throws(ArchiveError) -> [StretchPart] {
        let (members, open) = try walker.membersOfStretch()
        let all = open.map { members + [$0] } ?? members
        return all.indices.map { index in
            let member = all[index]
            return StretchPart(
                dumpID: member.dumpID, kind: member.kind, length: member.length, payloadSize: member.payloadSize,
                largeObjectCount: member.largeObjectCount, begins: index > 0 || !resumes, ends: index < members.count)
        }
    }
}
