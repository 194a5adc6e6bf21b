import BackupModel
import BlobStorage
import PostgresFormats

/// A file of a directory whose blocks are staged.
struct StagedFile: Sendable {
    /// Which of the dump's it is, in the order in which they came.
    let index: Int
    /// The entry whose data it holds, or is a part of.
    let member: DumpID
    let file: DirectoryFile
    /// Its name in the directory.
    let name: String
    let staged: StagedBlob
}

/// A database's dump as a directory, staged but for its table of contents.
struct StagedDirectory: Sendable {
    /// In the form of the archive that has the same members.
    let contents: TableOfContents
    /// In the order in which they came.
    let files: [StagedFile]
    /// For each member the bytes of its data before they were compressed.
    let rawSizes: [DumpID: Int]
    /// For each table the rows of its data, where it has any and they can be told.
    let rows: [DumpID: Int]

    /// What the manifest says of the members, in the order of the table of contents.
    func members() -> [Manifest.Member] {
        let files = Dictionary(grouping: files, by: \.member)
        return contents.directoryFiles.map { dumpID, file in
            let entry = contents[dumpID]
            let own = files[dumpID] ?? []
            return Manifest.Member(
                id: Int(dumpID.rawValue), kind: entry?.desc?.string ?? "", schema: entry?.namespace?.string,
                tag: entry?.tag?.string ?? "", offset: 0, length: own.reduce(0) { $0 + $1.staged.size },
                stored: own.reduce(0) { $0 + ($1.file.isData ? $1.staged.size : 0) }, raw: rawSizes[dumpID],
                file: own.first { $0.file == file }?.name, rows: rows[dumpID])
        }
    }
}
