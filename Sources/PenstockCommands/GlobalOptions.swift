import AzureIdentity
import BlobStorage
import CommandLineKit
import Diagnostics

/// Options that every command understands.
enum GlobalOptions {
    enum Color: String, Sendable, CaseIterable { case auto, always, never }

    static let json = Option(flag: "json", help: "write data as JSON; fields are only ever added")
    static let quiet = Option(flag: "quiet", short: "q", help: "say nothing but errors")
    static let verbose = Option(flag: "verbose", help: "say what is done, step by step")
    static let color = Option(
        "color", .choice("WHEN", of: Color.self), default: .auto, environment: "NO_COLOR",
        help: "whether messages are coloured")
    static let memory = Option(
        "memory", .byteCount(atLeast: .mebibytes(16)), default: TransferBudget.defaultMemory,
        help: "the memory for all buffers of the process")
    static let concurrency = Option(
        "concurrency", .wholeNumber(from: 1, to: 256), shownDefault: "as many as help",
        help: "requests to the store at once")
    static let bandwidth = Option("bandwidth", .rate, help: "the most bytes a second to and from the store")
    static let retryFor = Option(
        "retry-for", .duration, default: .seconds(15 * 60), help: "how long to try again when the store stops answering"
    )
    static let certificateAuthorities = Option(
        "ca-file", .file(), shownDefault: "the machine's", help: "certificate authorities to trust, in PEM form")
    static let auth = Option(
        "auth", .choice("KIND", of: CredentialKind.self), shownDefault: "the first that is there",
        environment: "PENSTOCK_AUTH", help: "the one kind of credential to use for Azure")
    static let identity = Option(
        "identity", .managedIdentity, shownDefault: "AZURE_CLIENT_ID, or else the system's",
        environment: "PENSTOCK_IDENTITY",
        help: "which managed identity: system, a client id, object:ID, or a resource id")
    static let cloud = Option(
        "cloud", .choice("CLOUD", of: CloudName.self), shownDefault: "public", environment: "PENSTOCK_CLOUD",
        help: "the cloud of Azure that identities and accounts are in")
    static let progress = Option(
        "progress", .choice("WHEN", of: Progress.self), default: .auto,
        help: "how far it has got: on a terminal, always, as lines of JSON on standard error, or never")
    static let noProgress = Option(flag: "no-progress", help: "the same as --progress never")

    enum Progress: String, Sendable, CaseIterable { case auto, always, json, never }

    static let all: [any OptionDeclaration] = [
        json, quiet, verbose, color, memory, concurrency, bandwidth, retryFor, certificateAuthorities, auth, identity,
        cloud,
        progress, noProgress,
    ]
}
