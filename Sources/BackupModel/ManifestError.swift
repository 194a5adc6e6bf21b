public import Diagnostics

/// A manifest or a marker that cannot be believed.
public struct ManifestError: ExplainedError, Equatable {
    public enum Kind: Sendable, Equatable {
        case notAManifest
        case fromTheFuture(Int)
        case malformed(String)
        case notAMarker
        /// The manifest is not the one that the marker names.
        case notTheOneNamed
    }

    public let kind: Kind

    public init(_ kind: Kind) { self.kind = kind }

    public var code: String {
        switch kind {
        case .notAManifest: "manifest.not-a-manifest"
        case .fromTheFuture: "manifest.from-the-future"
        case .malformed: "manifest.malformed"
        case .notAMarker: "manifest.not-a-marker"
        case .notTheOneNamed: "manifest.digest"
        }
    }

    public var summary: String {
        switch kind {
        case .notAManifest: "the manifest is not one of Penstock's"
        case .fromTheFuture(let version): "the manifest has version \(version), which this Penstock does not know"
        case .malformed(let place): "the manifest makes no sense at \(place)"
        case .notAMarker: "the marker is not one of Penstock's"
        case .notTheOneNamed: "the manifest is not the one that the marker names: its SHA-256 differs"
        }
    }

    public var remedy: String? {
        switch kind {
        case .fromTheFuture: "Install a newer Penstock."
        case .notAManifest, .malformed, .notAMarker, .notTheOneNamed:
            "The archives can still be restored with `pg_restore`; see the guide to restoring without Penstock."
        }
    }

    public var exitCode: ExitCode {
        switch kind {
        case .fromTheFuture: .toolMismatch
        default: .integrity
        }
    }
}
