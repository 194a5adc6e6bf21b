import BlobStorage
import ByteStreams
import HTTPListener
import HTTPMessages
import MarkupXML

/// The answer to Get Block List: sent in pieces if it is long, since it may have 20 MiB.
struct BlockListDocument: Sendable {
    /// A list with no more blocks is one piece, and costs nothing.
    static let short = 5000
    /// Blocks of a piece.
    private static let step = 1000
    /// What a block takes in memory, in bytes, and the most that a list is counted for.
    private static let cost = 128
    private static let mostCounted = 8 << 20

    private let sections: [(name: String, blocks: [BlockList.Block])]
    /// Given back when nobody writes the list any more.
    private let grant: SharedGrant?

    /// Throws if it is long and too many others are being sent.
    init(_ sections: [(name: String, blocks: [BlockList.Block])], _ buffers: BufferAllowance) throws(ServiceFailure) {
        self.sections = sections
        let count = sections.reduce(0) { $0 + $1.blocks.count }
        guard count > Self.short else {
            grant = nil
            return
        }
        let wanted = min(count * Self.cost, Self.mostCounted)
        let grant = buffers.take(wanted, least: 0)
        guard grant.bytes == wanted else { throw ServiceFailure(.busy) }
        self.grant = SharedGrant(grant)
    }

    var reply: Reply {
        get async throws {
            let fields: HTTPFields = ["Content-Type": "application/xml"]
            guard grant == nil else {
                return Reply(
                    status: 200, fields: fields,
                    body: .stream(length: nil) { writer in try await write { try await writer.write($0.span) } })
            }
            var bytes: [UInt8] = []
            try await write { bytes += $0 }
            return Reply(status: 200, fields: fields, body: .bytes(bytes))
        }
    }

    private func write(_ put: ([UInt8]) async throws -> Void) async throws {
        try await put(XMLWriter().bytesWithMark + Array("<BlockList>".utf8))
        for (name, blocks) in sections {
            guard !blocks.isEmpty else {
                try await put(Array("<\(name) />".utf8))
                continue
            }
            try await put(Array("<\(name)>".utf8))
            for start in stride(from: 0, to: blocks.count, by: Self.step) {
                try await put(Self.piece(blocks[start..<min(start + Self.step, blocks.count)]))
            }
            try await put(Array("</\(name)>".utf8))
        }
        try await put(Array("</BlockList>".utf8))
    }

    private static func piece(_ blocks: ArraySlice<BlockList.Block>) -> [UInt8] {
        var writer = XMLWriter.fragment
        for block in blocks {
            writer.element("Block") { writer in
                writer.element("Name", block.id.text)
                writer.element("Size", String(block.size))
            }
        }
        return Array(writer.text.utf8)
    }
}
