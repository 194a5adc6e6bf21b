/// Follows the framing of an archive's data section and checks it against the table of contents.
///
/// It keeps no data: at most one header of six bytes that was cut, and one `ArchiveMember` for each entry with data.
/// The layout is in docs/formats/archive.md.
struct BlockWalker: Sendable {
    private(set) var contents: TableOfContents
    /// Members whose last byte has come, in the archive's order.
    private(set) var members: [ArchiveMember] = []
    /// The offset in the archive of the next byte.
    private(set) var position: Int

    private enum Expected {
        case block
        case tableChunk
        case largeObject
        case largeObjectChunk
    }

    private var expected = Expected.block
    private var current: ArchiveMember?
    /// Bytes of the current chunk that are still to come.
    private var remaining = 0
    /// The first bytes of a header that was cut, the first lowest.
    private var partial: UInt64 = 0
    private var partialCount = 0
    /// Per entry of the table, whether its block has begun.
    private var seen: [Bool]
    /// Whether it has followed the data from the first block on, so that it knows when all has come.
    private var isFromStart: Bool
    /// What stands behind the last block, once it has begun.
    private var trailer: RepeatedContents?

    init(_ contents: TableOfContents) {
        self.contents = contents
        position = contents.prefix.count
        isFromStart = true
        seen = Array(repeating: false, count: contents.count)
    }

    /// For a stretch of the data, counted from its own first byte.
    ///
    /// - Parameter member: A table whose data has begun before.
    init(_ contents: TableOfContents, inside member: DumpID?) {
        self.init(contents)
        position = 0
        isFromStart = false
        guard let member, let index = contents.index(of: member) else { return }
        current = ArchiveMember(dumpID: member, kind: .tableData, offset: 0)
        expected = .tableChunk
        seen[index] = true
    }

    mutating func consume(
        _ bytes: Span<UInt8>, from start: Int, into receiver: inout some MemberReceiver & ~Copyable
    ) throws(ArchiveError) {
        var index = start
        while index < bytes.count {
            if remaining > 0 {
                index += passPayload(bytes, from: index, into: &receiver)
            } else if beginsTrailer(bytes[index]) {
                try trailer?.consume(bytes, from: index, at: position)
                position += bytes.count - index
                return
            } else if let count = passWholeChunks(bytes, from: index, into: &receiver) {
                index += count
            } else {
                index += try collectHeader(bytes, from: index, into: &receiver)
            }
        }
    }

    /// Whether the next byte belongs to a second table of contents; where it begins, no type of a block is 0.
    private mutating func beginsTrailer(_ byte: UInt8) -> Bool {
        if trailer != nil { return true }
        guard expected == .block, byte == 0, partialCount == 0, isFromStart, firstMissing == nil else { return false }
        trailer = RepeatedContents(of: contents, members: members)
        return true
    }

    private mutating func passPayload(
        _ bytes: Span<UInt8>, from start: Int, into receiver: inout some MemberReceiver & ~Copyable
    ) -> Int {
        let count = min(remaining, bytes.count - start)
        receiver.receive(bytes.extracting(start..<start + count))
        remaining -= count
        position += count
        return count
    }

    /// Passes over chunks by their headers alone, as far as those lie whole in `bytes`; `nil` if not one does.
    ///
    /// An uncompressed archive has a chunk for every row, so this loop decides the indexer's speed. Whatever is no
    /// ordinary chunk is left for `collectHeader`.
    private mutating func passWholeChunks(
        _ bytes: Span<UInt8>, from start: Int, into receiver: inout some MemberReceiver & ~Copyable
    ) -> Int? {
        guard expected == .tableChunk || expected == .largeObjectChunk, partialCount == 0 else { return nil }
        var index = start
        var payload = 0
        while index <= bytes.count - Self.integerSize {
            let length = UInt32(littleEndian: bytes, at: index + 1)
            guard bytes[index] == 0, length > 0, length <= UInt32(Int32.max) else { break }
            payload += Int(length)
            let begin = index + Self.integerSize
            index = begin + Int(length)
            receiver.beginChunk()
            receiver.receive(bytes.extracting(begin..<min(index, bytes.count)))
        }
        guard index > start else { return nil }
        current?.payloadSize += payload
        remaining = max(0, index - bytes.count)
        let count = min(index, bytes.count) - start
        position += count
        return count
    }

    /// Takes bytes of the next header until it is whole, then acts on it.
    private mutating func collectHeader(
        _ bytes: Span<UInt8>, from start: Int, into receiver: inout some MemberReceiver & ~Copyable
    ) throws(ArchiveError) -> Int {
        let size = expected == .block ? Self.integerSize + 1 : Self.integerSize
        var index = start
        while index < bytes.count, partialCount < size {
            partial |= UInt64(bytes[index]) << UInt64(partialCount * 8)
            partialCount += 1
            index += 1
        }
        position += index - start
        if partialCount == size {
            let header = partial
            (partial, partialCount) = (0, 0)
            try act(on: header, at: position - size, into: &receiver)
        }
        return index - start
    }

    private static let integerSize = 5
}

extension BlockWalker {
    private mutating func act(
        on header: UInt64, at start: Int, into receiver: inout some MemberReceiver & ~Copyable
    ) throws(ArchiveError) {
        switch expected {
        case .block:
            let member = try beginMember(type: UInt8(truncatingIfNeeded: header), number: header >> 8, at: start)
            receiver.beginMember(member)
        case .tableChunk:
            guard try beginChunk(header, at: start) else { return receiver.beginChunk() }
            receiver.endStream()
            endMember(into: &receiver)
        case .largeObject:
            guard let oid = try beginLargeObject(header, at: start) else { return endMember(into: &receiver) }
            receiver.beginLargeObject(oid)
        case .largeObjectChunk:
            guard try beginChunk(header, at: start) else { return receiver.beginChunk() }
            receiver.endStream()
            expected = .largeObject
        }
    }

    private mutating func beginMember(
        type: UInt8, number: UInt64, at start: Int
    ) throws(ArchiveError) -> ArchiveMember {
        let kind: ArchiveMember.Kind
        switch type {
        case 1: kind = .tableData
        case 3: kind = .largeObjects
        default: throw .damaged(at: start, "a block has the type \(type)")
        }
        let value = try Self.integer(number, at: start + 1)
        guard let dumpID = Int32(exactly: value).flatMap(DumpID.init), let index = contents.index(of: dumpID) else {
            throw ArchiveError(
                .memberUnexpected, at: start,
                "the archive has data at byte \(start) for the dump ID \(value), which its table of contents lacks")
        }
        try check(index, kind: kind, at: start)
        seen[index] = true
        let member = ArchiveMember(dumpID: dumpID, kind: kind, offset: start)
        current = member
        expected = kind == .tableData ? .tableChunk : .largeObject
        return member
    }

    /// Refuses a block that does not fit the entry it belongs to.
    private func check(_ index: Int, kind: ArchiveMember.Kind, at start: Int) throws(ArchiveError) {
        let entry = contents[index]
        guard !seen[index] else {
            throw ArchiveError(.memberRepeated, at: start, "the archive has the data of \(entry) twice")
        }
        guard entry.dataState.hasData, (entry.desc == "BLOBS") == (kind == .largeObjects) else {
            throw ArchiveError(
                .memberUnexpected, at: start, "the data at byte \(start) cannot be that of \(entry)")
        }
        if case .offset(let offset) = entry.dataState, offset != start {
            throw ArchiveError(
                .offsetMismatch, at: start,
                "the data of \(entry) lies at byte \(start), and the table of contents says \(offset)")
        }
    }

    /// Begins a chunk, or returns true if it is the empty one that ends the data.
    private mutating func beginChunk(_ header: UInt64, at start: Int) throws(ArchiveError) -> Bool {
        let length = try Self.integer(header, at: start)
        guard length >= 0, length <= Int64(Int32.max) else {
            throw .damaged(at: start, "a chunk has the length \(length)")
        }
        remaining = Int(length)
        current?.payloadSize += remaining
        return length == 0
    }

    /// Begins a large object, or answers `nil` if there are no more of them.
    ///
    /// Their identifiers have 32 bits and are written as if they had a sign.
    private mutating func beginLargeObject(_ header: UInt64, at start: Int) throws(ArchiveError) -> UInt32? {
        let oid = UInt32(truncatingIfNeeded: try Self.integer(header, at: start))
        guard oid != 0 else { return nil }
        current?.largeObjectCount += 1
        expected = .largeObjectChunk
        return oid
    }

    private mutating func endMember(into receiver: inout some MemberReceiver & ~Copyable) {
        receiver.endMember()
        guard var member = current else { return }
        member.length = position - member.offset
        members.append(member)
        current = nil
        expected = .block
    }

    /// The value of five bytes: a sign and a magnitude.
    private static func integer(_ header: UInt64, at start: Int) throws(ArchiveError) -> Int64 {
        let magnitude = Int64(UInt32(truncatingIfNeeded: header >> 8))
        switch UInt8(truncatingIfNeeded: header) {
        case 0: return magnitude
        case 1: return -magnitude
        default: throw .damaged(at: start, "this is no integer")
        }
    }
}

extension BlockWalker {
    /// The members that have ended, and the one that goes on; throws unless a stretch may end here.
    func membersOfStretch() throws(ArchiveError) -> ([ArchiveMember], open: ArchiveMember?) {
        guard remaining == 0, partialCount == 0, expected == .block || expected == .tableChunk else {
            throw .truncated(at: position, inside: "a stretch of an archive's data")
        }
        guard var open = current else { return (members, nil) }
        open.length = position - open.offset
        return (members, open)
    }

    /// Throws unless the archive may end here.
    func checkComplete() throws(ArchiveError) {
        if let current {
            let part = contents[current.dumpID]?.description ?? "a block"
            throw .truncated(at: position, inside: "the data of \(part)")
        }
        guard partialCount == 0 else { throw .truncated(at: position, inside: "the header of a block") }
        if let trailer, !trailer.isComplete { throw .truncated(at: position, inside: "its second table of contents") }
        guard let first = firstMissing else { return }
        let missing = contents.indices.filter(isMissing)
        let others = missing.count == 1 ? "" : " and of \(missing.count - 1) more"
        throw ArchiveError(
            .memberMissing, at: position,
            "the archive ends at byte \(position) without the data of \(contents[first])\(others)")
    }
}

extension BlockWalker {
    private var firstMissing: Int? { contents.indices.first(where: isMissing) }

    private func isMissing(_ index: Int) -> Bool { contents.layouts[index].dataState.hasData && !seen[index] }
}

extension BlockWalker {
    /// - Parameter offset: Where in the archive the first byte lies that will come: a block's first.
    init(_ contents: TableOfContents, from offset: Int) {
        self.init(contents)
        position = offset
        isFromStart = offset == contents.prefix.count
    }

    mutating func replaceContents(with other: TableOfContents) { contents = other }

    /// Whether the last block has ended and no other has begun.
    var isBetweenMembers: Bool { current == nil && partialCount == 0 && trailer?.isComplete ?? true }
}
