import AzureBlobs
import AzureIdentity
import BackupCatalog
import BackupModel
import BlobStorage
import CommandLineKit
import Diagnostics
import HTTPMessages
import HTTPTransport

/// Both ends of a copy, opened, and the way between them.
struct CopyEnds: Sendable {
    let source: OpenedContainer
    let target: OpenedContainer
    /// What tells the source's container from all others, without a secret.
    let origin: String
    /// The same of the destination.
    let goal: String
    let way: CopyWay
    /// What lets the destination's service in to the source; `nil` if the source has no service.
    let remote: SourceGrants?

    init(
        from: Location, _ source: OpenedContainer, to: Location, _ target: OpenedContainer, _ sources: Session,
        _ session: Session
    ) async throws {
        self.source = source
        self.target = target
        let mode = session.arguments[CopyCommand.mode]
        let container = source.store.container
        goal = try await Self.name(of: target, at: to, session)
        origin = try await Self.name(of: source, at: from, sources)
        guard from.place != .directory else {
            remote = nil
            way = try Self.streaming("the source lies in a directory of this machine", mode, from)
            return
        }
        let found = try await sources.credential(for: from)
        remote = SourceGrants(
            sources.connection(to: found, width: 2), container: container, account: found.account,
            form: session.arguments[CopyCommand.grant], policy: sources.retryPolicy())
        guard to.place != .directory else {
            way = try Self.streaming("the destination is a directory of this machine", mode, from)
            return
        }
        let other = try await session.credential(for: to)
        if found.endpoint.isLoopback, !other.endpoint.isLoopback {
            way = try Self.streaming("the destination's service cannot reach a source on this machine", mode, from)
        } else {
            way = mode == .stream ? .stream(reason: "`--mode stream` asks for it") : .server
        }
    }

    /// What tells a container from all others.
    private static func name(
        of container: OpenedContainer, at location: Location, _ session: Session
    ) async throws -> String {
        let account =
            location.place == .directory
            ? "file://" + (try DirectoryChoice.split(location, creating: false).root)
            : try await session.credential(for: location).endpoint.description
        return "\(account)/\(container.store.container)"
    }

    private static func streaming(_ reason: String, _ mode: CopyMode, _ from: Location) throws -> CopyWay {
        guard mode != .server else {
            throw CopyError(.serverRefused, blob: from.text, cause: CopyWayError(reason: reason))
        }
        return .stream(reason: reason)
    }
}

/// Why bytes have to go through this machine, as the cause of an error.
struct CopyWayError: ExplainedError {
    let reason: String

    var code: String { "copy.way" }
    var summary: String { reason }
    var remedy: String? { nil }
    var exitCode: ExitCode { .notPermitted }
}

extension Session {
    /// Looks at both ends and decides what is to be done.
    func plan(between ends: CopyEnds) async throws -> CopyPlan {
        let wishes = try await wishes(between: ends)
        guard !wishes.isEmpty else { throw CopyError(.nothing, blob: ends.source.place.text) }
        for wish in wishes where wish.source == wish.destination && ends.origin == ends.goal {
            throw CopyError(.sameBlob, blob: wish.source.text)
        }
        let existing = try await existing(wishes, in: ends.target)
        return try CopyPlan(
            wishes, from: ends.origin, existing: existing, way: ends.way, mode: arguments[CopyCommand.mode],
            blockSize: arguments[CopyCommand.blockSize]?.bytes ?? budget.schedule.smallest)
    }

    /// What is asked for: everything under a folder, a blob, or a recovery point.
    private func wishes(between ends: CopyEnds) async throws -> [CopyPlan.Wish] {
        let (source, target) = (ends.source, ends.target)
        let folder = target.path.isEmpty ? "" : target.path + "/"
        guard !source.path.isEmpty, !source.place.isFolder else {
            return try await source.store.blobs(prefix: source.prefix).map { blob in
                let rest = String(blob.name.text.dropFirst(source.prefix.count))
                return CopyPlan.Wish(
                    source: blob.name, destination: try BlobName(folder + rest), state: blob.properties,
                    turn: SetLayout.copyTurn(of: blob.name))
            }
        }
        let blob = try source.place.requireBlob()
        do {
            let state = try await source.store.properties(of: blob, if: .always)
            let last = blob.text.split(separator: "/").last.map(String.init) ?? blob.text
            let isFolder = target.place.isFolder || target.path.isEmpty
            return [
                CopyPlan.Wish(
                    source: blob, destination: try BlobName(isFolder ? folder + last : target.path), state: state,
                    turn: .data)
            ]
        } catch let error as BlobStoreError where error.kind == .blobNotFound {
            let parts = blob.text.split(separator: "/")
            guard let last = parts.last, let name = try? RecoveryPointName(String(last)) else { throw error }
            let layout = SetLayout(path: parts.dropLast().joined(separator: "/"))
            let catalog = RecoveryPointCatalog(store: source.store, layout: layout)
            do {
                return try await catalog.copies(of: name, to: SetLayout(path: target.path))
            } catch let missing as CatalogError where missing.kind == .notFound {
                throw CopyError(.nothing, blob: source.place.text, cause: error)
            }
        }
    }

    /// What the destination has of what is wished for.
    private func existing(
        _ wishes: [CopyPlan.Wish], in target: OpenedContainer
    ) async throws -> [BlobName: BlockList] {
        let store = target.store
        var names = wishes.map(\.destination)
        if names.count > 1, let first = names.first {
            // One listing of what has such names tells which of them are there.
            let common = names.dropFirst().reduce(first.text) { $0.commonPrefix(with: $1.text) }
            let wanted = Set(names)
            names = try await store.blobs(prefix: common).map(\.name).filter { wanted.contains($0) }
        }
        var (waiting, found) = (names[...], [BlobName: BlockList]())
        try await withThrowingTaskGroup(of: (BlobName, BlockList?).self) { group in
            func look(at name: BlobName) { group.addTask { (name, try await store.blocks(of: name)) } }
            for name in waiting.prefix(budget.concurrency) { look(at: name) }
            waiting = waiting.dropFirst(budget.concurrency)
            while let (name, list) = try await group.next() {
                found[name] = list
                if let next = waiting.popFirst() { look(at: next) }
            }
        }
        return found
    }
}

extension BlobStore {
    /// The blocks of a blob; `nil` if there are none, nor a blob.
    fileprivate func blocks(of blob: BlobName) async throws -> BlockList? {
        do {
            return try await blockList(of: blob)
        } catch let error as BlobStoreError where error.kind == .blobNotFound {
            return nil
        }
    }
}

extension String {
    fileprivate func commonPrefix(with other: String) -> String {
        var shared: [Unicode.Scalar] = []
        for (first, second) in zip(unicodeScalars, other.unicodeScalars) {
            guard first == second else { break }
            shared.append(first)
        }
        return String(String.UnicodeScalarView(shared))
    }
}
