import Diagnostics

/// A dump that cannot be a directory, or a directory that is not one.
struct DirectoryError: ExplainedError {
    enum Kind: Sendable, Equatable {
        /// More files than there is memory for what is known of each.
        case tooManyFiles(limit: Int)
        /// The directory lacks a file of this member.
        case fileMissing(file: String, member: String)
        /// A file ends before its compressed stream does.
        case fileCut(file: String)
    }

    let kind: Kind

    init(_ kind: Kind) { self.kind = kind }

    var code: String {
        switch kind {
        case .tooManyFiles: "directory.too-many-files"
        case .fileMissing: "directory.file-missing"
        case .fileCut: "directory.file-cut"
        }
    }

    var summary: String {
        switch kind {
        case .tooManyFiles(let limit): "the directory would have more than \(limit) files, for which there is no memory"
        case .fileMissing(let file, let member): "the directory lacks the file `\(file)` of \(member)"
        case .fileCut(let file): "the compressed data in `\(file)` ends early"
        }
    }

    var remedy: String? {
        switch kind {
        case .tooManyFiles: "Dump with `--format custom`, which has one blob whatever it holds, or raise `--memory`."
        case .fileMissing, .fileCut: "Use another recovery point, or leave that member out."
        }
    }

    var exitCode: ExitCode {
        switch kind {
        case .tooManyFiles: .limit
        case .fileMissing, .fileCut: .integrity
        }
    }
}
