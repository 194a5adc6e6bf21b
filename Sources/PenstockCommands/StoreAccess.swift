import AzureBlobs
import AzureIdentity
import BlobStorage
import ByteStreams
import Diagnostics
import DirectoryStore
import FoundationEssentials
import HTTPMessages
import HTTPTransport
import SystemCalls

/// A location whose account has been opened.
struct OpenedLocation: Sendable {
    let account: any BlobAccount
    let container: ContainerName?
    /// The path inside the container, without slashes at its ends.
    let path: String
    let isFolder: Bool
    let text: String
    /// When the credential of the account ends, if it does and says so.
    let credentialEnd: Date?

    func requireContainer() throws -> ContainerName {
        guard let container else { throw LocationError(.noContainer, text: text) }
        return container
    }

    /// The container, where a path behind it would be a misunderstanding.
    func requireContainerOnly() throws -> ContainerName {
        guard path.isEmpty else { throw LocationError(.pathBehindContainer, text: text) }
        return try requireContainer()
    }

    func requireBlob() throws -> BlobName {
        guard !path.isEmpty else { throw LocationError(.noBlob, text: text) }
        guard !isFolder else { throw LocationError(.folder, text: text) }
        return try BlobName(path)
    }
}

/// A container that has been opened.
struct OpenedContainer: Sendable {
    let place: OpenedLocation
    let store: any BlobStore

    var path: String { place.path }
    /// What the names of blobs begin with: the path, and a slash if it was written as a folder.
    var prefix: String { place.path.isEmpty ? "" : place.path + (place.isFolder ? "/" : "") }
}

extension Session {
    /// Opens the account of a location for as long as `body` runs; with `creating` a directory store may begin.
    func withAccount<Output>(
        at location: Location, creating: Bool = false, _ body: (OpenedLocation) async throws -> Output
    ) async throws -> Output {
        guard location.place != .directory else { return try await withDirectory(location, creating: creating, body) }
        let found = try await credential(for: location)
        let end = found.credential.end?.formatted(.iso8601) ?? (found.credential.endIsUnknown ? "unknown" : "never")
        reporter.log.info(
            "credential found",
            ["kind": found.credential.name, "from": found.report.source?.rawValue ?? "", "ends": end])
        try await requireUse(of: found)
        let account = restAccount(found)
        let place = try opened(location, account, parts: location.parts[...], credentialEnd: found.credential.end)
        return try await body(place)
    }

    /// The credential that a location is opened with.
    func credential(for location: Location) async throws -> FoundCredential {
        try await credential(for: location.credentialTarget)
    }

    /// Opens a container; with `creating` it is made if it is missing.
    func withContainer<Output>(
        at location: Location, creating: Bool = false, _ body: (OpenedContainer) async throws -> Output
    ) async throws -> Output {
        try await withAccount(at: location, creating: creating) { place in
            let name = try place.requireContainer()
            if creating { try await create(name, in: place.account) }
            return try await body(OpenedContainer(place: place, store: place.account.store(of: name)))
        }
    }

    func withBlob<Output>(
        at location: Location, _ body: (any BlobStore, BlobName) async throws -> Output
    ) async throws -> Output {
        try await withContainer(at: location) { try await body($0.store, $0.place.requireBlob()) }
    }

    private func create(_ name: ContainerName, in account: any BlobAccount) async throws {
        do {
            _ = try await account.create(name, metadata: [:])
            reporter.log.info("container created", ["container": name.text])
        } catch let error as BlobStoreError where error.kind == .containerAlreadyExists {
            return
        }
    }

    func opened(
        _ location: Location, _ account: any BlobAccount, parts: ArraySlice<String>, credentialEnd: Date? = nil
    ) throws -> OpenedLocation {
        OpenedLocation(
            account: account, container: try parts.first.map { try ContainerName($0) },
            path: parts.dropFirst().joined(separator: "/"), isFolder: location.isFolder, text: location.text,
            credentialEnd: credentialEnd)
    }
}

extension Location {
    /// What the search for a credential has to know.
    var credentialTarget: CredentialTarget {
        guard case .service(let endpoint, _) = place else { return .environment }
        let query = signature.map { signature in signature.reveal { HTTPQuery(encoded: $0) ?? [:] } }
        return .account(endpoint, query: query ?? [:])
    }
}
