public import Diagnostics

/// A stream that is not what it should be.
public struct StreamError: ExplainedError, Equatable {
    public enum Kind: Sendable, Equatable {
        /// The source ended before the promised number of bytes.
        case endedEarly(expected: Int, received: Int)
        /// More bytes came than may be held.
        case tooLong(limit: Int)
        /// A block larger than the whole pool was asked for.
        case blockBeyondBudget(block: Int, budget: Int)
    }

    public let kind: Kind

    public init(kind: Kind) { self.kind = kind }

    public var code: String {
        switch kind {
        case .endedEarly: "stream.ended-early"
        case .tooLong: "stream.too-long"
        case .blockBeyondBudget: "stream.block-beyond-budget"
        }
    }

    public var summary: String {
        switch kind {
        case .endedEarly(let expected, let received):
            "the stream ended after \(received) of \(expected) bytes"
        case .tooLong(let limit):
            "the stream is longer than \(ByteCount(limit))"
        case .blockBeyondBudget(let block, let budget):
            "a block of \(ByteCount(block)) does not fit in \(ByteCount(budget)) of memory"
        }
    }

    public var remedy: String? {
        switch kind {
        case .blockBeyondBudget: "Give a larger `--memory`."
        case .endedEarly, .tooLong: nil
        }
    }

    public var exitCode: ExitCode {
        switch kind {
        case .endedEarly: .integrity
        case .tooLong, .blockBeyondBudget: .limit
        }
    }
}
