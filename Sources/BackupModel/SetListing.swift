public import BlobStorage
public import FoundationEssentials
import PostgresFormats

/// The recovery points of a location, as one listing of its blobs with their metadata tells them.
public struct SetListing: Sendable, Equatable {
    public enum State: String, Sendable {
        case complete
        case partial
        /// Written by somebody else: there to be restored, and never counted for retention.
        case foreign
    }

    public struct Entry: Sendable, Equatable {
        public let name: RecoveryPointName
        public let state: State
        /// When the earliest snapshot was taken; for foreign sets the time of the last write.
        public let taken: Date
        public let databases: [String]
        /// Of all its blobs, in bytes.
        public let size: Int
    }

    /// Blobs of a set that Penstock wrote and never finished: there is no marker.
    public struct Orphan: Sendable, Equatable {
        /// A blob that Penstock wrote, in the state in which it was listed.
        public struct Blob: Sendable, Equatable {
            public let name: BlobName
            public let tag: ETag
        }

        public let name: RecoveryPointName
        /// Those that Penstock wrote, by name.
        public let blobs: [Blob]
        /// When the last of them was written.
        public let lastWrite: Date
    }

    /// Newest first.
    public let entries: [Entry]
    /// Newest first.
    public let orphans: [Orphan]

    public init(_ blobs: [(name: BlobName, properties: BlobProperties)], layout: SetLayout) {
        var sets: [RecoveryPointName: [Found]] = [:]
        for blob in blobs {
            guard let (name, part) = layout.part(of: blob.name) else { continue }
            sets[name, default: []].append(Found(blob: blob.name, part: part, properties: blob.properties))
        }
        var entries: [Entry] = []
        var orphans: [Orphan] = []
        for (name, found) in sets {
            let marker = found.first { $0.part == .marker }
            let ours = found.filter(\.isOurs)
            if marker == nil, !ours.isEmpty {
                let blobs = ours.map { Orphan.Blob(name: $0.blob, tag: $0.properties.tag) }
                orphans.append(
                    Orphan(name: name, blobs: blobs.sorted { $0.name < $1.name }, lastWrite: Self.last(ours)))
            } else if let entry = Self.entry(name, found, marker: marker) {
                entries.append(entry)
            }
        }
        self.entries = entries.sorted { ($0.taken, $0.name) > ($1.taken, $1.name) }
        self.orphans = orphans.sorted { ($0.lastWrite, $0.name) > ($1.lastWrite, $1.name) }
    }

    private struct Found {
        let blob: BlobName
        let part: SetLayout.Part
        let properties: BlobProperties

        var isOurs: Bool { PartMark.isOn(properties) }
    }

    private static func last(_ found: [Found]) -> Date { found.map(\.properties.lastModified).max() ?? .distantPast }

    private static func entry(_ name: RecoveryPointName, _ found: [Found], marker: Found?) -> Entry? {
        let databases = found.compactMap { found -> String? in
            switch found.part {
            case .database(let database): database
            // Of a directory this one file says that it is there; directories of somebody else's are not restored.
            case .directoryFile(let database, DirectoryFile.contents.name) where found.isOurs: database
            default: nil
            }
        }
        // A lone marker or script of somebody else's is no recovery point.
        guard marker?.isOurs == true || !databases.isEmpty else { return nil }
        let summary = marker.flatMap { MarkerSummary(metadata: $0.properties.attributes) }
        return Entry(
            name: name, state: summary.map { $0.state == .complete ? .complete : .partial } ?? .foreign,
            taken: summary?.taken ?? last(found), databases: databases.sorted(),
            size: found.reduce(0) { $0 + $1.properties.size })
    }
}

/// What a marker says in its blob's metadata, so that a listing needs no second request.
public struct MarkerSummary: Sendable, Equatable {
    public let state: RecoveryPointState
    public let taken: Date

    public init(state: RecoveryPointState, taken: Date) {
        self.state = state
        self.taken = taken
    }

    public init?(metadata attributes: BlobAttributes) {
        guard let state = attributes.metadata(named: "penstock_state").flatMap(RecoveryPointState.init(rawValue:)),
            let taken = attributes.metadata(named: "penstock_taken").flatMap({ try? Date($0, strategy: .iso8601) })
        else { return nil }
        self.init(state: state, taken: taken)
    }

    public var metadata: [String: String] {
        ["penstock_state": state.rawValue, "penstock_taken": taken.formatted(.iso8601)]
    }
}
