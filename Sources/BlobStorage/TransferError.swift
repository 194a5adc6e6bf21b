public import Diagnostics

/// An upload or a download that cannot be done, or whose bytes are not what they should be.
public struct TransferError: ExplainedError, Equatable {
    public enum Kind: Sendable, Equatable {
        /// `memory` is all of it, `aside` what the command needs beside the transfer, `blocks` what its blocks need; in
        /// bytes.
        case tooLittleMemory(memory: Int, aside: Int, threads: Int, blocks: Int)
        /// The stream needs more blocks than a blob may have.
        case streamTooLong(cap: Int)
        /// Bytes that were read back are not those that were written.
        case damaged(blob: String, range: Range<Int>)
        /// The blob has another size than is written down.
        case wrongSize(blob: String, expected: Int, found: Int)
        /// The SHA-256 that is kept with a blob is not of a form known here.
        case unreadableDigest(blob: String)
        case emptyStream
        /// The stream was announced to be longer than one blob can be.
        case hintBeyondCap(hint: Int, cap: Int)
    }

    public let kind: Kind

    public init(kind: Kind) { self.kind = kind }

    public var code: String {
        switch kind {
        case .tooLittleMemory: "transfer.too-little-memory"
        case .streamTooLong: "transfer.stream-too-long"
        case .damaged: "transfer.damaged"
        case .wrongSize: "transfer.wrong-size"
        case .unreadableDigest: "transfer.unreadable-digest"
        case .emptyStream: "transfer.empty-stream"
        case .hintBeyondCap: "transfer.hint-beyond-cap"
        }
    }

    public var summary: String {
        switch kind {
        case .tooLittleMemory(let memory, let aside, let threads, let blocks):
            "\(ByteCount(memory)) of memory is not enough: "
                + (aside > 0 ? "compressing takes \(ByteCount(aside)), " : "")
                + "\(threads) connections take \(threads) MiB, and blocks need \(ByteCount(blocks)) beside them"
        case .streamTooLong(let cap):
            "the stream is longer than the \(ByteCount(cap)) that one blob can take with this much memory"
        case .damaged(let blob, let range):
            "bytes \(range.lowerBound) to \(range.upperBound - 1) of \(blob) are not what was written"
        case .wrongSize(let blob, let expected, let found):
            "\(blob) has \(found) bytes instead of \(expected)"
        case .unreadableDigest(let blob):
            "the SHA-256 kept with \(blob) is of a form that is not known here"
        case .emptyStream:
            "the stream is empty"
        case .hintBeyondCap(let hint, let cap):
            "\(ByteCount(hint)) do not fit in one blob: with this much memory it takes \(ByteCount(cap))"
        }
    }

    public var remedy: String? {
        switch kind {
        case .tooLittleMemory: "Give a larger `--memory`, a smaller `--concurrency`, or fewer `--jobs`."
        case .streamTooLong, .hintBeyondCap:
            "Give a larger `--memory`, which allows larger blocks; so do fewer `--jobs`."
        case .damaged: "Read it again; if that fails, too, do not use this copy but another recovery point."
        case .wrongSize: "Do not use this copy; restore from another recovery point."
        case .unreadableDigest:
            "Read it with a newer penstock; if another program wrote it, remove the metadata `\(BlobDigest.metadataName)`."
        case .emptyStream: "Give `--allow-empty` if an empty blob is what you want."
        }
    }

    public var exitCode: ExitCode {
        switch kind {
        case .tooLittleMemory, .streamTooLong, .hintBeyondCap: .limit
        case .damaged, .wrongSize, .unreadableDigest: .integrity
        case .emptyStream: .failed
        }
    }
}
