public import BlobStorage
public import FoundationEssentials

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

    /// - Parameter folders: Folded prefixes of directories whose blobs are not among `blobs`; what they come to is said by
    ///   the markers.
    public init(
        _ blobs: [(name: BlobName, properties: BlobProperties)], folders: [String] = [], layout: SetLayout
    ) {
        var folded: [RecoveryPointName: [String]] = [:]
        for folder in folders {
            guard let (name, database) = layout.directory(of: folder) else { continue }
            folded[name, default: []].append(database)
        }
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
            } else if let entry = Self.entry(name, found, folded: folded[name] ?? [], marker: marker) {
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

    private static func entry(
        _ name: RecoveryPointName, _ found: [Found], folded: [String], marker: Found?
    ) -> Entry? {
        let databases = found.compactMap { found -> String? in
            guard case .database(let database) = found.part else { return nil }
            return database
        }
        // A lone marker or script of somebody else's is no recovery point.
        guard marker?.isOurs == true || !databases.isEmpty else { return nil }
        let summary = marker.flatMap { MarkerSummary(metadata: $0.properties.attributes) }
        let isOurs = marker?.isOurs == true
        let size = found.reduce(0) { $0 + $1.properties.size } + (isOurs ? summary?.directorySize ?? 0 : 0)
        return Entry(
            name: name, state: summary.map { $0.state == .complete ? .complete : .partial } ?? .foreign,
            taken: summary?.taken ?? last(found), databases: (databases + (isOurs ? folded : [])).sorted(), size: size)
    }
}

/// What a marker says in its blob's metadata, so that a listing needs no second request.
public struct MarkerSummary: Sendable, Equatable {
    public let state: RecoveryPointState
    public let taken: Date
    /// Of all files of directories, in bytes; `nil` where there are no directories.
    public let directorySize: Int?

    public init(state: RecoveryPointState, taken: Date, directorySize: Int? = nil) {
        self.state = state
        self.taken = taken
        self.directorySize = directorySize
    }

    public init?(metadata attributes: BlobAttributes) {
        guard let state = attributes.metadata(named: "penstock_state").flatMap(RecoveryPointState.init(rawValue:)),
            let taken = attributes.metadata(named: "penstock_taken").flatMap({ try? Date($0, strategy: .iso8601) })
        else { return nil }
        self.init(
            state: state, taken: taken,
            directorySize: attributes.metadata(named: Self.directorySizeName).flatMap { Int($0) }.map { max(0, $0) })
    }

    private static let directorySizeName = "penstock_directory_bytes"

    public var metadata: [String: String] {
        var metadata = ["penstock_state": state.rawValue, "penstock_taken": taken.formatted(.iso8601)]
        if let directorySize { metadata[Self.directorySizeName] = String(directorySize) }
        return metadata
    }
}
