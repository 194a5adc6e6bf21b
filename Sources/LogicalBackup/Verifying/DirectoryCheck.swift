import BackupCatalog
import BackupModel
import BlobStorage
import Compression
import PostgresFormats

/// The full check of one file of a directory.
struct DirectoryCheck: Sendable {
    let tally: BlobTally
    let facts: Manifest.Database
    let reader: PieceReader
    /// The largest table of contents that is parsed, in bytes.
    let contentsLimit: Int
    let record: VerifyRecord

    private var file: SetInspection.File { tally.file }

    func run() async throws {
        guard let (kind, compression) = file.directoryFile else { return }
        switch kind {
        case .contents: try await checkContents()
        case .objectList: try await checkList()
        case .data, .largeObject: try await checkData(compression.fileMethod)
        }
    }

    private func add(_ kind: VerifyFinding.Kind, _ text: String, of member: String? = nil) {
        record.add(VerifyFinding(kind, blob: file.blob.text, member: member ?? file.memberName, text))
    }

    // MARK: Data

    private func checkData(_ method: StreamExpander.Method?) async throws {
        let member = file.member
        var check = try FileCheck(
            tally, compressedBy: method, isCopied: member?.rows != nil, name: file.memberName)
        try await reader.read(tally.pieces, in: tally.indices, of: file.blob, tag: file.state.tag, into: &check)
        guard let found = check.finish() else { return }
        if let fault = found.fault {
            add(fault.kind, fault.text)
        } else if let member {
            compare(found, with: member)
        }
        guard let member else { return }
        record.add(
            MemberReport(
                blob: file.blob.text, member: member.description, range: 0..<file.state.size, rows: found.rows,
                largeObjects: nil, raw: found.raw, holds: found.fault == nil))
    }

    private func compare(_ found: FileCheck.Found, with member: Manifest.Member) {
        var differences: [String] = []
        if let raw = found.raw, let expected = member.raw, raw != expected {
            differences.append("bytes once inflated \(raw) instead of \(expected)")
        }
        if let rows = found.rows, let expected = member.rows, rows != expected {
            differences.append("rows \(rows) instead of \(expected)")
        }
        guard !differences.isEmpty else { return }
        add(.memberDiffers, "the member is not what the manifest says: " + differences.joined(separator: ", "))
    }

    // MARK: Lists

    private func bytes() async throws -> [UInt8] {
        var check = WholeCheck(tally, name: file.memberName)
        try await reader.read(tally.pieces, in: tally.indices, of: file.blob, tag: file.state.tag, into: &check)
        return check.bytes
    }

    private func checkList() async throws {
        do {
            let list = try LargeObjectList(try await bytes())
            let there = Set(facts.files.compactMap { $0.place.flatMap { DirectoryFile.parse($0.name)?.file } })
            let missing = list.objects.filter { !there.contains(.largeObject($0)) }
            if let first = missing.first {
                let more = missing.count > 1 ? " and \(missing.count - 1) more" : ""
                add(.memberMissing, "the manifest names no file of the large object \(first)\(more), which is listed")
            }
            record.add(
                MemberReport(
                    blob: file.blob.text, member: file.member?.description ?? "", range: 0..<file.state.size,
                    rows: nil, largeObjects: list.objects.count, raw: nil, holds: missing.isEmpty))
        } catch let error as ArchiveError {
            add(.memberDamaged, error.summary)
        }
    }

    // MARK: The table of contents

    private func checkContents() async throws {
        guard file.state.size <= contentsLimit else {
            var check = BytesCheck(tally)
            try await reader.read(tally.pieces, in: tally.indices, of: file.blob, tag: file.state.tag, into: &check)
            return add(
                .notParsed, "the table of contents was not parsed: it is larger than what memory there is for it")
        }
        do {
            compare(try DirectoryContents(try await bytes(), maximumSize: contentsLimit))
        } catch let error as ArchiveError {
            add(.archiveDamaged, error.summary)
        }
    }

    private func compare(_ directory: DirectoryContents) {
        let contents = directory.archive
        let version = contents.header.version.description
        if facts.prefixLength != directory.size || facts.archiveVersion != version {
            add(
                .memberDiffers,
                "the table of contents of version \(version) has \(directory.size) bytes; the manifest says "
                    + "\(facts.archiveVersion) and \(facts.prefixLength)")
        }
        let said = Dictionary(facts.members.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for entry in contents {
            guard let file = directory.files[entry.dumpID] else { continue }
            guard let member = said[Int(entry.dumpID.rawValue)] else {
                add(.memberMissing, "the manifest names no file of this data", of: entry.description)
                continue
            }
            let isSame =
                entry.tag?.string ?? "" == member.tag && entry.namespace?.string == member.schema
                && entry.desc?.string ?? "" == member.kind
                && member.file.flatMap { DirectoryFile.parse($0)?.file } == file
            guard !isSame else { continue }
            add(
                .memberDiffers, "the manifest calls this member `\(member)`, in `\(member.file ?? "")`",
                of: entry.description)
        }
        for member in facts.members {
            let entry = Int32(exactly: member.id).flatMap(DumpID.init)
            guard entry.flatMap({ directory.files[$0] }) == nil else { continue }
            add(
                .memberDiffers, "the manifest names a member \(member.id), which the table of contents lacks",
                of: member.description)
        }
    }
}

extension SetInspection.File {
    /// Which file of a directory it is; `nil` for other formats.
    var directoryFile: (file: DirectoryFile, compression: ArchiveCompression)? {
        guard facts?.format == .directory, let name = blob.text.split(separator: "/").last else { return nil }
        return DirectoryFile.parse(name)
    }

    /// What of a directory it holds, in words; `nil` for other formats.
    var memberName: String? {
        guard let (file, _) = directoryFile else { return nil }
        return switch file {
        case .contents: "table of contents"
        case .largeObject(let oid): "large object \(oid)"
        case .data, .objectList: member?.description
        }
    }
}
