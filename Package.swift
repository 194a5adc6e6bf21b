// swift-tools-version: 6.2
import PackageDescription

/// The settings of every Swift target: Swift 6 mode, the upcoming language features, strict memory safety, and no
/// warning left standing.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// The modules whose tests compare with files in `Tests/<Module>Tests/Golden`.
let withGoldenFiles: Set<String> = ["AzureManagement", "CommandLineKit", "PenstockCommands"]

/// A module and its unit tests, which live in `Tests/<Module>Tests`.
func module(_ name: String, uses: [String] = [], tests: [String]? = []) -> [Target] {
    let library = Target.target(
        name: name, dependencies: uses.map { .target(name: $0) }, swiftSettings: settings)
    guard let tests else { return [library] }
    let unique = Set([name, "TestSupport"] + uses + tests)
    return [
        library,
        .testTarget(
            name: name + "Tests", dependencies: unique.sorted().map { .target(name: $0) },
            exclude: withGoldenFiles.contains(name) ? ["Golden"] : [], swiftSettings: settings),
    ]
}

/// The module map and shim of one of Debian's C libraries.
func library(_ name: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(
        name: name, path: "Sources/CLibraries/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let cLibraries: [Target] = [
    library("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
    library("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
    library("CISAL", pkgConfig: "libisal", apt: "libisal-dev"),
    library("CLZ4", pkgConfig: "liblz4", apt: "liblz4-dev"),
    library("CLibXML", pkgConfig: "libxml-2.0", apt: "libxml2-dev"),
    library("CMicroHTTPD", pkgConfig: "libmicrohttpd", apt: "libmicrohttpd-dev"),
    library("CPostgres", pkgConfig: "libpq", apt: "libpq-dev"),
    library("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
    library("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
    library("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),
]

/// The house, lowest layer first (docs/development/modules.md); a module imports only lower ones.
let layers: [[Target]] = [
    module("Diagnostics"),
    module("SystemCalls", uses: ["CGlibcShim", "Diagnostics"], tests: ["ByteStreams"]),
    module("ByteStreams", uses: ["Diagnostics", "SystemCalls"]),
    module(
        "CryptoDigests", uses: ["CCarrylessMultiply", "CCrypto", "Diagnostics"], tests: ["Subprocesses", "SystemCalls"]),
    module("MarkupXML", uses: ["CLibXML", "Diagnostics"]),
    module("CommandLineKit", uses: ["Diagnostics"]),
    module("Compression", uses: ["CISAL", "CLZ4", "CZlib", "CZstd", "Diagnostics"]),
    module("HTTPMessages", uses: ["ByteStreams", "Diagnostics"]),
    module("LocalIndex", uses: ["CSQLite", "Diagnostics"]),
    module("Subprocesses", uses: ["ByteStreams", "CGlibcShim", "Diagnostics", "SystemCalls"]),
    module("BlobStorage", uses: ["ByteStreams", "CryptoDigests", "Diagnostics", "HTTPMessages", "SystemCalls"]),
    module("PostgresFormats", uses: ["Diagnostics"]),
    module(
        "DirectoryStore",
        uses: [
            "BlobStorage", "ByteStreams", "CryptoDigests", "Diagnostics", "HTTPMessages", "LocalIndex", "SystemCalls",
        ],
        tests: ["StoreWorkload"]),
    module("HTTPTransport", uses: ["ByteStreams", "CCurl", "Diagnostics", "HTTPMessages", "SystemCalls"]),
    module("HTTPListener", uses: ["ByteStreams", "CMicroHTTPD", "Diagnostics", "HTTPMessages", "SystemCalls"]),
    module(
        "AzureIdentity",
        uses: ["ByteStreams", "CryptoDigests", "Diagnostics", "HTTPMessages", "Subprocesses", "SystemCalls"],
        tests: ["HTTPTransport"]),
    module(
        "PostgresClient", uses: ["ByteStreams", "CPostgres", "Diagnostics", "SystemCalls"], tests: ["Subprocesses"]),
    module(
        "PostgresTools", uses: ["ByteStreams", "Diagnostics", "Subprocesses", "SystemCalls"],
        tests: ["PostgresClient", "PostgresFormats"]),
    module("BackupModel", uses: ["BlobStorage", "CryptoDigests", "Diagnostics", "PostgresFormats"]),
    module(
        "AzureBlobs",
        uses: [
            "AzureIdentity", "BlobStorage", "ByteStreams", "CryptoDigests", "Diagnostics", "HTTPMessages", "MarkupXML",
        ], tests: ["BlobServer", "HTTPListener", "HTTPTransport", "SystemCalls"]),
    module(
        "BlobServer",
        uses: [
            "AzureIdentity", "BlobStorage", "ByteStreams", "CryptoDigests", "Diagnostics", "HTTPListener",
            "HTTPMessages", "MarkupXML", "SystemCalls",
        ],
        tests: ["AzureBlobs", "DirectoryStore", "HTTPTransport", "Subprocesses"]),
    module("AzureManagement", uses: ["AzureIdentity", "Diagnostics", "HTTPMessages"]),
    module(
        "AzureStage",
        uses: [
            "AzureIdentity", "AzureManagement", "BlobServer", "BlobStorage", "ByteStreams", "CryptoDigests",
            "Diagnostics", "HTTPListener", "HTTPMessages", "SystemCalls",
        ], tests: ["DirectoryStore", "HTTPTransport", "MarkupXML", "Subprocesses"]),
    module("BackupCatalog", uses: ["BackupModel", "BlobStorage", "ByteStreams", "CryptoDigests", "Diagnostics"]),
    module(
        "LogicalBackup",
        uses: [
            "BackupCatalog", "BackupModel", "BlobStorage", "ByteStreams", "Compression", "CryptoDigests",
            "Diagnostics", "HTTPMessages", "PostgresClient", "PostgresFormats", "PostgresTools", "Subprocesses",
            "SystemCalls",
        ]),
    module(
        "PenstockCommands",
        uses: [
            "AzureBlobs", "AzureIdentity", "AzureManagement", "AzureStage", "BackupCatalog", "BackupModel",
            "BlobServer", "BlobStorage", "ByteStreams", "CommandLineKit", "CryptoDigests", "Diagnostics",
            "DirectoryStore", "HTTPListener", "HTTPMessages", "HTTPTransport", "LogicalBackup", "PostgresClient",
            "PostgresFormats", "PostgresTools", "Subprocesses",
            "SystemCalls",
        ]),
]

/// What `Tests/Fuzzing` checks: every module that reads what strangers send to the server.
let fuzzed: [Target.Dependency] = [
    "AzureIdentity", "AzureStage", "BlobServer", "BlobStorage", "CryptoDigests", "Diagnostics", "HTTPListener",
    "HTTPMessages", "MarkupXML", "SystemCalls",
]

/// The fuzz targets: in an ordinary build tests that run every kept input, and for `scripts/fuzz`, which sets
/// `PENSTOCK_FUZZ`, the program that libFuzzer drives.
let fuzzing: Target =
    Context.environment["PENSTOCK_FUZZ"] == nil
    ? .testTarget(
        name: "Fuzzing", dependencies: fuzzed + ["TestSupport"], path: "Tests/Fuzzing", exclude: ["EntryPoint.swift"],
        swiftSettings: settings)
    // libFuzzer brings the `main` function.
    : .executableTarget(
        name: "penstock-fuzz", dependencies: fuzzed, path: "Tests/Fuzzing", exclude: ["FuzzSeedTests.swift"],
        swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])])

let package = Package(
    name: "penstock",
    products: [.executable(name: "penstock", targets: ["penstock"])],
    targets: cLibraries + [
        .systemLibrary(name: "CGlibcShim", path: "Sources/CLibraries/CGlibcShim"),
        .target(name: "CCarrylessMultiply", path: "Sources/CLibraries/CCarrylessMultiply"),
        .target(
            name: "TestSupport",
            dependencies: [
                "BlobStorage", "ByteStreams", "CryptoDigests", "Diagnostics", "HTTPMessages", "Subprocesses",
                "SystemCalls",
            ],
            path: "Tests/Support", swiftSettings: settings),
    ] + layers.flatMap(\.self) + [
        fuzzing,
        .executableTarget(
            name: "penstock", dependencies: ["Diagnostics", "PenstockCommands", "SystemCalls"], swiftSettings: settings),
        .executableTarget(
            name: "StoreWorkload",
            dependencies: [
                "BlobStorage", "ByteStreams", "CryptoDigests", "DirectoryStore", "HTTPMessages", "SystemCalls",
            ],
            path: "Tests/StoreWorkload", swiftSettings: settings),
        .executableTarget(
            name: "IndexPass", dependencies: ["PostgresFormats"], path: "benchmarks/IndexPass", swiftSettings: settings),
        .testTarget(
            name: "Scenarios",
            dependencies: [
                "AzureIdentity", "ByteStreams", "CryptoDigests", "Diagnostics", "HTTPMessages", "HTTPTransport",
                "MarkupXML", "PostgresClient", "PostgresFormats", "Subprocesses", "SystemCalls", "TestSupport",
            ],
            path: "Tests/Scenarios", swiftSettings: settings),
        .testTarget(
            name: "Interop",
            dependencies: ["ByteStreams", "Diagnostics", "Subprocesses", "SystemCalls", "TestSupport", "penstock"],
            path: "Tests/Interop", exclude: ["Python"], swiftSettings: settings),
    ]
)
