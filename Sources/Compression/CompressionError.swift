public import Diagnostics

/// Why bytes could not be compressed or brought back.
public struct CompressionError: ExplainedError {
    public enum Kind: String, Sendable {
        case noMemory = "compression.no-memory"
        /// The library refused what it must be able to do.
        case failed = "compression.failed"
        /// The bytes are no stream of that kind, or are damaged.
        case damaged = "compression.damaged"
        /// Bytes follow the end of a stream.
        case beyondEnd = "compression.beyond-end"
    }

    public let kind: Kind

    public init(_ kind: Kind) { self.kind = kind }

    public var code: String { kind.rawValue }

    public var summary: String {
        switch kind {
        case .noMemory: "there is no memory for compressing"
        case .failed: "the data could not be compressed"
        case .damaged: "compressed data is damaged"
        case .beyondEnd: "bytes follow the end of compressed data"
        }
    }

    public var remedy: String? {
        switch kind {
        case .noMemory: "Give the machine more memory, or lower --memory."
        case .failed: "Dump with `--compress none`, and report this."
        case .damaged, .beyondEnd: "The archive is not what was written; use another recovery point."
        }
    }

    public var exitCode: ExitCode {
        switch kind {
        case .noMemory: .limit
        case .failed: .failed
        case .damaged, .beyondEnd: .integrity
        }
    }
}
