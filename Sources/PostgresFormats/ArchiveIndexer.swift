/// Finds every member of a custom-format archive while its bytes pass, and proves at the end that none is missing.
///
/// Feed it all bytes in order, in pieces of any size. It keeps the prefix (header and table of contents) and never a
/// byte of data. Of each piece it says how many leading bytes were prefix: those are not uploaded as they pass, because
/// `ArchiveIndex.patchedPrefix()` takes their place once all offsets are known.
///
///     let prefixCount = try indexer.consume(bytes)
///     stage(bytes.extracting(droppingFirst: prefixCount))
///
/// The format has no end mark, so neither the end of a pipe nor a cut file can be told from success by looking at the
/// last bytes: only `finish()` can, and only together with the exit status of the pg_dump that wrote them.
public struct ArchiveIndexer: Sendable {
    private var parser: PrefixParser
    private var walker: BlockWalker?
    private var failure: ArchiveError?

    /// - Parameter maximumPrefixSize: the most bytes that header and table of contents may have. A longer prefix is
    ///   refused as soon as a length in it says so. While it grows, its buffer takes up to three times its size for a
    ///   moment; at most 2 GiB are possible.
    public init(maximumPrefixSize: Int) { parser = PrefixParser(maximumSize: maximumPrefixSize) }

    /// For the data of an archive whose table of contents is known: what comes is what stands behind it.
    public init(behind contents: TableOfContents) {
        parser = PrefixParser(maximumSize: contents.prefix.count)
        walker = BlockWalker(contents)
    }

    /// For a stretch of the data of an archive whose table of contents is known: what comes begins with a block at
    /// `offset`.
    ///
    /// Ask for ``members`` and ``isBetweenMembers`` at the end of the stretch; `finish()` is about whole archives.
    public init(_ contents: TableOfContents, from offset: Int) {
        parser = PrefixParser(maximumSize: contents.prefix.count)
        walker = BlockWalker(contents, from: offset)
    }

    /// Whether the data that has come ends where a block may begin.
    public var isBetweenMembers: Bool { walker?.isBetweenMembers ?? false }

    /// The archive's table of contents; `nil` until its last byte has come.
    public var contents: TableOfContents? { walker?.contents ?? parser.contents }

    /// Where the data begins, in bytes; `nil` until `contents` is known.
    public var prefixLength: Int? { contents?.prefix.count }

    /// The members whose last byte has come, in the archive's order.
    public var members: [ArchiveMember] { walker?.members ?? [] }

    /// Takes the next bytes of the archive and returns how many of them, counted from the first, belong to the prefix.
    ///
    /// After an error nothing more is taken, and every further call throws that error again.
    public mutating func consume(_ bytes: Span<UInt8>) throws(ArchiveError) -> Int {
        var receiver = NoReceiver()
        return try consume(bytes, into: &receiver)
    }

    /// The same, and hands the data on without its framing.
    public mutating func consume(
        _ bytes: Span<UInt8>, into receiver: inout some MemberReceiver & ~Copyable
    ) throws(ArchiveError) -> Int {
        if let failure { throw failure }
        do throws(ArchiveError) {
            return try advance(over: bytes, into: &receiver)
        } catch {
            failure = error
            throw error
        }
    }

    private mutating func advance(
        over bytes: Span<UInt8>, into receiver: inout some MemberReceiver & ~Copyable
    ) throws(ArchiveError) -> Int {
        var prefixCount = 0
        if walker == nil {
            prefixCount = try parser.consume(bytes)
            walker = parser.contents.map(BlockWalker.init)
        }
        try walker?.consume(bytes, from: prefixCount, into: &receiver)
        return prefixCount
    }

    /// Goes on with another table of contents of the same entries, so that two need not be held.
    ///
    /// Does nothing if the archive has offsets, since the other may not have them, and they are still to be compared.
    public mutating func replaceContents(with other: TableOfContents) {
        guard let contents, !contents.hasOffsets else { return }
        precondition(
            other.count == contents.count && other.prefix.count == contents.prefix.count,
            "only the same entries may take the place of others")
        parser = PrefixParser(maximumSize: 0)
        walker?.replaceContents(with: other)
    }

    /// The proof that the archive is whole, to be asked for when its bytes have ended.
    ///
    /// The last block must have ended and every entry that has data must have been seen, once and nothing else.
    /// `ArchiveError.Kind.truncated` or `memberMissing` says that the writer stopped early.
    public func finish() throws(ArchiveError) -> ArchiveIndex {
        if let failure { throw failure }
        guard let walker else { throw parser.truncated(at: parser.count) }
        try walker.checkComplete()
        return ArchiveIndex(contents: walker.contents, members: walker.members, archiveSize: walker.position)
    }
}
