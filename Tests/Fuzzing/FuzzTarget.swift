/// What strangers can send to the server, one target a kind of input.
///
/// Each hands its input to the code that serves, and checks more than that nothing traps: what is printed reads back
/// the same, answers can be sent and read, and nothing is let in without a credential.
enum FuzzTarget: String, CaseIterable, Sendable {
    /// Whole requests, one after the other, to a server over an account in memory.
    case requests
    /// Request lines: targets, names, queries, and what of them goes into logs.
    case targets
    /// Header fields, as the operations read them.
    case fields
    /// Shared access signatures and `Authorization`.
    case tokens
    /// Bodies: block lists, tags, policies, batches, any XML.
    case documents
    /// Ranges, alone and in requests for a blob of any size.
    case ranges
    /// Requests to the stage: tokens, resource manager, vaults, and blobs with a token.
    case stage

    /// - Throws: ``BrokenPromise``, and nothing else for whatever input.
    func check(_ input: [UInt8]) async throws {
        switch self {
        case .requests: try await checkRequests(input)
        case .targets: try checkTarget(input)
        case .fields: try checkFields(input)
        case .tokens: try checkTokens(input)
        case .documents: try checkDocument(input)
        case .ranges: try await checkRange(input)
        case .stage: try await checkStage(input)
        }
    }
}

/// Something that must hold for every input, and did not for this one.
struct BrokenPromise: Error, CustomStringConvertible {
    let description: String
}

func promise(_ holds: Bool, _ what: @autoclosure () -> String) throws(BrokenPromise) {
    guard holds else { throw BrokenPromise(description: what()) }
}

extension String {
    /// Equal byte by byte: Swift's own comparison takes canonically equivalent texts for equal.
    func isSame(as other: some StringProtocol) -> Bool { utf8.elementsEqual(other.utf8) }

    /// True if a header field can carry it (RFC 9110, 5.5); with a line break libmicrohttpd sends no answer at all.
    var isFieldValue: Bool { utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 9 } }
}
