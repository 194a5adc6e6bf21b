public import FoundationEssentials

/// The marker: the text whose existence makes a recovery point exist.
///
/// It opens in a text editor, and says when the backup was taken, whether it is whole, and which manifest belongs to it.
public struct Marker: Sendable, Equatable {
    public let name: RecoveryPointName
    public let taken: Date
    public let state: RecoveryPointState
    /// The file name of the manifest.
    public let manifest: String
    /// The SHA-256 of the manifest's bytes, hexadecimal.
    public let manifestDigest: String

    public init(
        name: RecoveryPointName, taken: Date, state: RecoveryPointState, manifest: String, manifestDigest: String
    ) {
        self.name = name
        self.taken = taken
        self.state = state
        self.manifest = manifest
        self.manifestDigest = manifestDigest
    }

    /// The text, with the times of the databases and what was left out.
    public func text(databases: [Manifest.Database], skipped: [Manifest.Skipped]) -> String {
        var lines = [
            "penstock recovery point: \(name)",
            "taken: \(Self.stamp(taken))",
            "state: \(state.rawValue)",
            "manifest: \(manifest)",
            "manifest sha256: \(manifestDigest)",
            "",
            "Each database is as it was at its own time; databases are not consistent with each other:",
        ]
        lines += databases.map { "  \(Self.stamp($0.taken))  \(Self.oneLine($0.name))" }
        if !skipped.isEmpty {
            lines += ["", "Not in this recovery point:"]
            lines += skipped.map { "  \(Self.oneLine($0.name)): \($0.reason)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Reads the marker's first lines; what follows them is for people.
    public init(decoding bytes: [UInt8]) throws(ManifestError) {
        var fields: [String: String] = [:]
        // Bytes, not characters: a combining mark at the start of a name would join the blank before it.
        let lines = bytes.prefix(16 << 10).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for line in lines.prefix(while: { !$0.isEmpty }) {
            guard let colon = line.firstRange(of: Array(": ".utf8)) else { throw ManifestError(.notAMarker) }
            let key = String(decoding: line[..<colon.lowerBound], as: UTF8.self)
            fields[key] = String(decoding: line[colon.upperBound...], as: UTF8.self)
        }
        guard let name = fields["penstock recovery point"].flatMap({ try? RecoveryPointName($0) }),
            let taken = fields["taken"].flatMap({ try? Date($0, strategy: .iso8601) }),
            let state = fields["state"].flatMap(RecoveryPointState.init(rawValue:)),
            let manifest = fields["manifest"], let digest = fields["manifest sha256"], digest.utf8.count == 64
        else { throw ManifestError(.notAMarker) }
        self.init(name: name, taken: taken, state: state, manifest: manifest, manifestDigest: digest)
    }

    private static func stamp(_ date: Date) -> String { date.formatted(.iso8601) }

    /// A database may be named anything; a name with a line break must not look like another line.
    private static func oneLine(_ name: String) -> String {
        name.contains(where: \.isNewline) ? DatabaseFileName.encode(name) : name
    }
}
