import BlobStorage
import ByteStreams
import HTTPListener
import HTTPMessages
import MarkupXML

/// The answer to a listing: read and sent in small steps if it is long, since 5,000 entries may have 70 MiB.
struct ListingDocument: Sendable {
    /// Writes at most so many entries from a marker on, and says how many there were and what comes next.
    typealias Step = @Sendable (_ marker: String?, _ limit: Int, inout XMLWriter) async throws -> (Int, next: String?)

    private let listing: ListingQuery
    /// Of the document's element.
    private let attributes: KeyValuePairs<String, String>
    /// The element that holds the entries.
    private let section: String
    private let step: Step
    /// For the entries of a step: as text that has grown by doubling, and as bytes while they are being sent.
    private let grant: SharedGrant

    init(
        _ listing: ListingQuery, attributes: KeyValuePairs<String, String>, section: String, _ buffers: BufferAllowance,
        step: @escaping Step
    ) {
        self.listing = listing
        self.attributes = attributes
        self.section = section
        self.step = step
        grant = SharedGrant(buffers.take(128 << 10, least: 16 << 10))
    }

    private static let root = "EnumerationResults"

    /// How far it has come.
    private struct Position {
        var marker: String?
        /// Entries that may still be sent.
        var left: Int
        /// Entries of the next step.
        var next: Int

        var isAtEnd: Bool { marker == nil || left == 0 }
    }

    /// The most entries of a step.
    private static let most = 128

    /// Fails as the first step does; a later one that fails cuts the answer.
    var reply: Reply {
        get async throws {
            var position = Position(
                marker: listing.marker, left: listing.limit,
                // An entry has some 600 bytes, but 8 KiB more with metadata.
                next: listing.include.contains("metadata") ? 1 : 16)
            var writer = XMLWriter()
            writer.begin(Self.root, attributes: attributes)
            listing.writeEcho(to: &writer)
            writer.begin(section)
            try await advance(&position, &writer)
            guard !position.isAtEnd else {
                end(position, &writer)
                return Work.document(writer)
            }
            let (beginning, start) = (writer.bytesWithMark, position)
            return Reply(
                status: 200, fields: ["Content-Type": "application/xml"],
                body: .stream(length: nil) { output in
                    try await output.write(beginning.span)
                    try await goOn(from: start) { try await output.write($0.span) }
                })
        }
    }

    private func goOn(from start: Position, _ put: ([UInt8]) async throws -> Void) async throws {
        var position = start
        while !position.isAtEnd {
            try await put(piece(&position))
        }
    }

    private func piece(_ position: inout Position) async throws -> [UInt8] {
        var writer = XMLWriter.fragment
        try await advance(&position, &writer)
        if position.isAtEnd { end(position, &writer) }
        return Array(writer.text.utf8)
    }

    private func advance(_ position: inout Position, _ writer: inout XMLWriter) async throws {
        let start = writer.text.utf8.count
        let (count, next) = try await step(position.marker, min(position.left, position.next), &writer)
        position.left -= count
        position.marker = next
        let length = writer.text.utf8.count - start
        if length > 0 { position.next = min(max(1, grant.bytes / 4 * count / length), 2 * position.next, Self.most) }
    }

    private func end(_ position: Position, _ writer: inout XMLWriter) {
        writer.end(section)
        writer.element("NextMarker", ListingQuery.opaque(position.marker))
        writer.end(Self.root)
    }
}
