public import Diagnostics

/// A copy that is not made, and why.
public struct CopyError: ExplainedError {
    public enum Kind: String, Sendable, CaseIterable {
        /// The destination has a blob of that name whose bytes are others, or cannot be shown to be the same.
        case otherContent = "copy.other-content"
        case sourceChanged = "copy.source-changed"
        /// The services do not copy by themselves, and nothing else is allowed.
        case serverRefused = "copy.server-refused"
        /// What arrived is not what the source's digest says.
        case damaged = "copy.damaged"
        /// The blob that was made is not what it should be.
        case different = "copy.different"
        case notAsItsManifestSays = "copy.not-as-manifest"
        case sameBlob = "copy.same-blob"
        case nothing = "copy.nothing"
    }

    public let kind: Kind
    public let blob: String
    public let cause: (any Error)?

    public init(_ kind: Kind, blob: String, cause: (any Error)? = nil) {
        self.kind = kind
        self.blob = blob
        self.cause = cause
    }

    public var code: String { kind.rawValue }

    public var summary: String {
        switch kind {
        case .otherContent: "\(blob) is at the destination already, and its bytes are not known to be the same"
        case .sourceChanged: "\(blob) was changed or removed while it was copied"
        case .serverRefused: "\(blob) cannot be copied from service to service"
        case .damaged: "what arrived of \(blob) is not what its CRC-64 says"
        case .different: "the copy of \(blob) is not what it should be"
        case .notAsItsManifestSays: "\(blob) is not the blob that its manifest names"
        case .sameBlob: "\(blob) would be copied to itself"
        case .nothing: "there is nothing to copy at \(blob)"
        }
    }

    public var remedy: String? {
        switch kind {
        case .otherContent: "Choose another destination, or remove that blob; nothing was overwritten."
        case .sourceChanged: "Run the same again, which copies its new state; nothing was made visible of the old one."
        case .serverRefused: "Give `--mode auto` or `--mode stream`, which send the bytes through this machine."
        case .damaged: "`penstock verify` says whether the source is whole; run the same again if it is."
        case .different: "Remove the copy, then run the same again."
        case .notAsItsManifestSays: "Do not use this recovery point before `penstock verify` has looked at it."
        case .sameBlob: "Name another destination."
        case .nothing:
            "`penstock blob list` and `penstock list` show what is there; a folder is named with a slash at its end."
        }
    }

    public var exitCode: ExitCode {
        switch kind {
        case .otherContent, .sourceChanged: .exists
        case .serverRefused: .notPermitted
        case .damaged, .different, .notAsItsManifestSays: .integrity
        case .sameBlob: .wrongUsage
        case .nothing: .notFound
        }
    }
}
