import AzureIdentity
import BlobStorage
import Diagnostics
import HTTPListener
import HTTPMessages

/// Where the source of a copy lies, once it is known that the client may read it.
enum SourcePlace {
    /// In the request's own account.
    case here(CopySource)
    /// In another account of this server.
    case beside(any BlobStore, BlobName)
    case outside(OutsideSource)
}

extension Work {
    /// Finds the source of a copy, and checks that the client may read it.
    func place(of copy: CopyRequest) async throws -> SourcePlace {
        guard let own = ServerAddress(request), ServerAddress(copy.url) == own else {
            guard settings.copySources == .anywhere else { throw ServiceFailure.foreignSource }
            return .outside(try outsideSource(copy))
        }
        let source = try sourceRequest(copy)
        guard case .blob = source.resource else { throw ServiceFailure.header("x-ms-copy-source", copy.shownURL) }
        try refuseForeign(source)
        try await authorize(source, copy)
        let blob = try source.blobName()
        let snapshot = try snapshot(of: source)
        guard source.account != request.account else {
            return .here(
                CopySource(
                    container: try source.containerName(), blob: blob, snapshot: snapshot, condition: copy.condition))
        }
        guard let account = server.accounts[source.account]?.account else {
            throw ServiceFailure.copySource(.notAuthorized)
        }
        return .beside(try Self.store(of: source.containerName(), at: snapshot, in: account), blob)
    }

    private func outsideSource(_ copy: CopyRequest) throws(ServiceFailure) -> OutsideSource {
        guard let client = server.copies.outside else {
            throw .copySourceRefused(
                "This server copies from its own accounts only; it was not started to read others.")
        }
        guard !copy.copiesTags else { throw .unsupportedHeader("x-ms-copy-source-tag-option", "COPY") }
        return OutsideSource(
            url: copy.url, client: client, patience: server.copies.patience, authorization: copy.authorization)
    }

    /// Refuses a source that lies where the owner of this account wants no copies from.
    private func refuseForeign(_ source: ServiceRequest) throws(ServiceFailure) {
        guard settings.copySources != .anywhere, source.account != request.account else { return }
        let tenant = server.accounts[source.account]?.policy.settings().tenant
        guard settings.copySources == .sameTenant, tenant == settings.tenant else { throw .foreignSource }
    }

    /// The request that would read the source, from the same client.
    ///
    /// Whoever copies within an account by name shows there what it shows here.
    private func sourceRequest(_ copy: CopyRequest) throws(ServiceFailure) -> ServiceRequest {
        var shown: HTTPFields = ["Host": copy.url.authority]
        shown["x-ms-version"] = fields["x-ms-version"]
        copy.authorization?.reveal { shown["Authorization"] = $0 }
        var source = try ServiceRequest(
            ListenerRequest(
                method: "GET", target: copy.url.target, fields: shown, length: .absent, peer: request.head.peer,
                scheme: copy.url.scheme))
        let isByName = copy.authorization == nil && !SASToken.isPresent(in: source.query)
        if isByName, isCopy, source.account == request.account, let own = fields["Authorization"],
            BearerToken(header: own) != nil
        {
            shown["Authorization"] = own
            source = try ServiceRequest(
                ListenerRequest(
                    method: "GET", target: copy.url.target, fields: shown, length: .absent, peer: request.head.peer,
                    scheme: copy.url.scheme))
        }
        return source
    }

    private var isCopy: Bool { operation == .copyBlob || operation == .copyBlobFromURL }

    /// Checks a source of this server as a request to read it is checked; whoever signs with the account's key may copy
    /// its blobs by name.
    private func authorize(_ source: ServiceRequest, _ copy: CopyRequest) async throws {
        let isSigned = fields["Authorization"]?.hasPrefix("SharedKey") == true
        if isCopy, isSigned, source.account == request.account, !SASToken.isPresent(in: source.query),
            copy.authorization == nil
        {
            return
        }
        let authorizer = Authorizer(published: server.accounts[source.account], now: now)
        do {
            _ = try await authorizer.authorize(source, for: .getBlob)
            if copy.copiesTags { _ = try await authorizer.authorize(source, for: .getBlobTags) }
        } catch let error as ServiceFailure {
            throw ServiceFailure.copySource(error.status, error.code, error.message)
        }
    }

    private func snapshot(of source: ServiceRequest) throws(ServiceFailure) -> SnapshotID? {
        if let version = source.query.value("versionid") { throw .unsupportedParameter("versionid", version) }
        guard let text = source.query.value("snapshot") else { return nil }
        guard let id = SnapshotID(text) else { throw .parameter("snapshot", text) }
        return id
    }

    /// Opens a source to read its bytes at once, wherever it lies.
    func open(_ place: SourcePlace, _ copy: CopyRequest, in buffer: CopyBuffer) async throws -> OpenedSource {
        try await open(place, copy) { try await $0.open(copy, in: buffer) }
    }

    /// Opens a source whose bytes are read when their turn comes: until then nothing of them is kept.
    func probe(_ place: SourcePlace, _ copy: CopyRequest) async throws -> OpenedSource {
        try await open(place, copy) { try await $0.probe(copy, in: server.copies.buffer()) }
    }

    private func open(
        _ place: SourcePlace, _ copy: CopyRequest, outside: (OutsideSource) async throws -> OpenedSource
    ) async throws -> OpenedSource {
        switch place {
        case .outside(let source): return try await outside(source)
        case .beside(let store, let blob): return try await OpenedSource(blob, in: store, if: copy.condition)
        case .here(let source):
            let store = try Self.store(of: source.container, at: source.snapshot, in: account)
            return try await OpenedSource(source.blob, in: store, if: copy.condition)
        }
    }

    /// A container, at the moment of a snapshot if one is named.
    private static func store(
        of container: ContainerName, at snapshot: SnapshotID?, in account: any BlobAccount
    ) throws(ServiceFailure) -> any BlobStore {
        let store = account.store(of: container)
        guard let snapshot else { return store }
        guard let store = store as? any SnapshottingStore else {
            throw .unsupportedParameter("snapshot", snapshot.text)
        }
        return SnapshotStore(store, at: snapshot)
    }

    /// What the client is told of a source that is not as it should be; each operation says it in its own way.
    func copyFailure(_ error: any Error) -> any Error {
        guard let kind = (error as? CopySourceError)?.cause.kind else { return error }
        let isCondition = kind == .conditionNotMet || kind == .notModified
        guard isCondition, operation == .copyBlob || operation == .copyBlobFromURL else {
            return ServiceFailure.copySource(kind)
        }
        return ServiceFailure(
            412, "SourceConditionNotMet",
            "The source condition specified using HTTP conditional header(s) is not met.")
    }
}
