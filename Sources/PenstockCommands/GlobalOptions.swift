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
        "concurrency", .wholeNumber(from: 1, to: 256), default: TransferBudget.defaultConcurrency,
        help: "requests to the store at once")
    static let retryFor = Option(
        "retry-for", .wholeNumber("SECONDS", from: 0, to: 86_400), default: 600,
        help: "how long to try again when the store stops answering")
    static let progress = Option(
        negatable: "progress", shownDefault: "on a terminal", help: "show how far it has got")

    static let all: [any OptionDeclaration] = [json, quiet, verbose, color, memory, concurrency, retryFor, progress]
}
