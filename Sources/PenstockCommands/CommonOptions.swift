import BlobStorage
import CommandLineKit

/// Options and arguments that several commands share.
enum CommonOptions {
    static let locationFormat = ValueFormat<Location>("LOCATION", wants: "a location", show: { $0.text }) {
        try Location($0)
    }
    .secret(keepingCauses: true)

    static let location = Argument("LOCATION", locationFormat, help: "where it lies; `penstock help` shows the forms")
    static let createContainer = Option(flag: "create-container", help: "make the container if it is missing")
    static let yes = Option(flag: "yes", short: "y", help: "do not ask")
    static let dryRun = Option(flag: "dry-run", help: "say what would be done, and do nothing")
}
