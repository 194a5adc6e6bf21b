extension ArchiveIndex {
    /// The index of the archive that has these stretches behind its table of contents.
    ///
    /// Throws unless every entry that has data has it whole, once, and in the order of the table.
    public init(contents: TableOfContents, stretches: [[StretchPart]]) throws(ArchiveError) {
        var position = contents.prefix.count
        var members: [ArchiveMember] = []
        var isOpen = false
        for part in stretches.joined() {
            guard part.begins != isOpen, part.begins || members.last?.dumpID == part.dumpID else {
                throw .damaged(at: position, "the data of \(Self.name(part.dumpID, in: contents)) is in pieces")
            }
            if part.begins {
                members.append(ArchiveMember(dumpID: part.dumpID, kind: part.kind, offset: position))
            }
            members[members.count - 1].length += part.length
            members[members.count - 1].payloadSize += part.payloadSize
            members[members.count - 1].largeObjectCount += part.largeObjectCount
            position += part.length
            isOpen = !part.ends
        }
        guard !isOpen else { throw .truncated(at: position, inside: "the data of the last member") }
        let wanted = contents.filter(\.dataState.hasData).map(\.dumpID)
        for (index, dumpID) in wanted.enumerated() where index >= members.count || members[index].dumpID != dumpID {
            throw ArchiveError(
                .memberMissing, at: position, "the data of \(Self.name(dumpID, in: contents)) is not in its place")
        }
        guard members.count == wanted.count else {
            throw ArchiveError(.memberUnexpected, at: position, "the archive has more data than entries")
        }
        self.init(contents: contents, members: members, archiveSize: position)
    }

    private static func name(_ dumpID: DumpID, in contents: TableOfContents) -> String {
        contents[dumpID]?.description ?? "an entry that is not there"
    }
}
