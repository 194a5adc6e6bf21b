import BlobStorage
import ByteStreams
import PostgresFormats

/// Stages the files of a directory while the data of an archive comes.
struct MemberStaging: Sendable {
    let uploader: Uploader
    let line: PackingLine
    /// The largest table of contents, in bytes.
    let contentsLimit: Int
    /// What blobs are written with.
    let token: UploadToken
    /// The blob of a file of the directory.
    let blob: @Sendable (_ file: String) throws -> BlobName

    /// What is kept of each file until the dump ends, in bytes, roughly.
    private static let memoryPerFile = 1 << 10
    /// A file that is no larger is staged at once with others, from memory.
    private static let smallFile = 64 << 10
    /// Files that are staged at once.
    private static let filesAtOnce = 16

    /// Stages the files of an archive's members.
    ///
    /// - Parameter source: What stands behind the table of contents, not compressed.
    func stageMembers<Source: ByteSource & Sendable>(
        _ source: Source, behind given: TableOfContents
    ) async throws -> StagedDirectory {
        let contents = try given.packed(by: line.compression)
        let record = MembersRecord()
        let packed = try await PackedSource.make(MembersFeed(source, behind: given, record: record), by: line)
        let files = try await stageFiles(of: FileSplitter(packed, behind: contents))
        return StagedDirectory(contents: contents, files: files, rawSizes: record.rawSizes, rows: record.rows)
    }

    /// What one task has done.
    private enum Step<Source: ByteSource & Sendable & ~Copyable>: Sendable {
        /// A file has begun: its first bytes, and whether they are all.
        case began(SplitFile, [UInt8], isWhole: Bool, Handover<FileSplitter<Source>>)
        case ended
        case staged(StagedFile)
        /// Whoever staged a file let go of what comes behind it, and has an error to throw.
        case lost

        static func next(of splitter: consuming FileSplitter<Source>, headSize: Int) async throws -> Self {
            guard let file = try await splitter.next() else { return .ended }
            let (head, isWhole) = try await splitter.bytes(headSize)
            return .began(file, head, isWhole: isWhole, Handover(splitter))
        }
    }

    /// Small files are staged beside each other; a large one while it comes, by the engine that cuts it into blocks.
    ///
    /// Reading is a task beside those that stage: when one of them fails, it is cancelled even while its source is
    /// silent.
    private func stageFiles<Source: ByteSource & Sendable & ~Copyable>(
        of splitter: consuming FileSplitter<Source>
    ) async throws -> [StagedFile] {
        let first = Handover(splitter)
        let limit = contentsLimit / Self.memoryPerFile
        return try await withThrowingTaskGroup(of: Step<Source>.self) { group in
            var staged: [StagedFile] = []
            var (count, running) = (0, 0)
            var idle: Handover<FileSplitter<Source>>? = first
            var isWhole = false
            while true {
                if let splitter = idle, running < Self.filesAtOnce {
                    idle = nil
                    group.addTask { try await .next(of: splitter.take(), headSize: Self.smallFile + 1) }
                }
                switch try await group.next() {
                case nil:
                    try Task.checkCancellation()
                    precondition(isWhole, "a file that could be staged was read to its end")
                    return staged.sorted { $0.index < $1.index }
                case .ended: isWhole = true
                case .lost: continue
                case .staged(let file):
                    staged.append(file)
                    running -= 1
                case .began(let file, let head, let fits, let splitter):
                    guard count < limit else { throw DirectoryError(.tooManyFiles(limit: limit)) }
                    let empty = try emptyFile(file, at: count)
                    (count, running) = (count + 1, running + 1)
                    if fits {
                        idle = splitter
                        group.addTask { .staged(try await stage(head, as: empty)) }
                    } else {
                        let back = Return<FileSplitter<Source>>()
                        let source = Handover(FileSource(head, splitter.take(), returningTo: back))
                        group.addTask { .staged(try await stage(source.take(), as: empty)) }
                        group.addTask {
                            guard let splitter = await back.value() else { return .lost }
                            return try await .next(of: splitter.take(), headSize: Self.smallFile + 1)
                        }
                    }
                }
            }
        }
    }

    private func emptyFile(_ file: SplitFile, at index: Int) throws -> StagedFile {
        let name = file.file.name(compressedBy: line.compression)
        return StagedFile(
            index: index, member: file.member, file: file.file, name: name,
            staged: StagedBlob(name: try blob(name), token: token))
    }

    private func stage(_ bytes: [UInt8], as file: StagedFile) async throws -> StagedFile {
        var staged = file.staged
        try await uploader.stage(bytes, into: &staged)
        return file.holding(staged)
    }

    private func stage<Source: ByteSource & Sendable & ~Copyable>(
        _ source: consuming FileSource<Source>, as file: StagedFile
    ) async throws -> StagedFile {
        var staged = file.staged
        try await uploader.stage(source, into: &staged)
        return file.holding(staged)
    }
}

extension StagedFile {
    fileprivate func holding(_ staged: StagedBlob) -> StagedFile {
        StagedFile(index: index, member: member, file: file, name: name, staged: staged)
    }
}
