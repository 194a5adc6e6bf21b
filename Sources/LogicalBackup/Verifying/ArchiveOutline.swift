import BackupModel
import BlobStorage
import PostgresFormats

/// What is known of an archive before its data is read: its table of contents, and where members should begin.
struct ArchiveOutline: Sendable {
    struct Landmark: Sendable {
        /// In bytes from the start of the archive.
        let offset: Int
        let member: DumpID
    }

    let blob: BlobName
    let contents: TableOfContents
    /// Where members should begin, in order; empty where nothing says so.
    let landmarks: [Landmark]
    /// Bytes of the archive that can be read.
    let end: Int

    /// - Parameter facts: Tell where members begin if the table of contents does not.
    init(_ contents: TableOfContents, of blob: BlobName, facts: Manifest.Database?, end: Int) {
        self.blob = blob
        self.contents = contents
        self.end = max(end, contents.prefix.count)
        var found = contents.compactMap { entry -> Landmark? in
            guard case .offset(let offset) = entry.dataState else { return nil }
            return Landmark(offset: offset, member: entry.dumpID)
        }
        if found.isEmpty, let facts {
            found = facts.members.compactMap { member in
                guard let id = Int32(exactly: member.id).flatMap(DumpID.init), contents[id] != nil else { return nil }
                return Landmark(offset: member.offset, member: id)
            }
        }
        var landmarks: [Landmark] = []
        let data = contents.prefix.count..<self.end
        for landmark in found.sorted(by: { $0.offset < $1.offset }) where data.contains(landmark.offset) {
            if landmark.offset != landmarks.last?.offset { landmarks.append(landmark) }
        }
        self.landmarks = landmarks
    }

    /// The data, cut where members begin into stretches of about one size, for so many workers.
    ///
    /// - Parameter least: The size that is worth a worker of its own, in bytes.
    func stretches(for workers: Int, least: Int) -> [Range<Int>] {
        let start = contents.prefix.count
        let step = max(least, (end - start) / (workers * 4))
        var cuts = [start]
        for landmark in landmarks where landmark.offset - (cuts.last ?? start) >= step { cuts.append(landmark.offset) }
        return zip(cuts, cuts.dropFirst() + [end]).map { $0..<$1 }
    }

    /// The index of the first landmark behind `position`.
    func nextLandmark(behind position: Int) -> Int {
        var (low, high) = (0, landmarks.count)
        while low < high {
            let middle = (low + high) / 2
            if landmarks[middle].offset <= position { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func name(of member: DumpID) -> String { contents[member]?.description ?? "dump ID \(member)" }

    /// The members that have bytes in `range`, in words; `nil` where nothing says so.
    func names(in range: Range<Int>) -> String? {
        if range.upperBound <= contents.prefix.count { return "table of contents" }
        guard !landmarks.isEmpty else { return nil }
        let first = max(0, nextLandmark(behind: range.lowerBound) - 1)
        let members = landmarks[first...].prefix { $0.offset < range.upperBound }
        guard let member = members.first else { return nil }
        let others = members.count > 1 ? " and \(members.count - 1) more" : ""
        return name(of: member.member) + others
    }
}
