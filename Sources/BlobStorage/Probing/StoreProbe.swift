import ByteStreams
public import Diagnostics
import HTTPMessages
import Synchronization
import SystemCalls

/// Tries out what may be done in a container, by doing it: list, write, read and delete a blob of its own.
///
/// The blob has a name that nobody else has, is written create-only and is removed whatever happens, also when the task
/// is cancelled. A refusal is a finding; only a cancellation is thrown.
public struct StoreProbe: Sendable {
    private let store: any BlobStore
    private let prefix: String
    private let name: BlobName
    private let writes: Bool
    private let log: Log
    private let report: @Sendable (ProbeFinding) throws -> Void

    /// - Parameters:
    ///   - prefix: What is looked at begins with it; the blob that is written does, too.
    ///   - suffix: Makes the name of that blob the only one.
    ///   - writes: False to leave everything as it is.
    ///   - log: Is told of a blob that could not be removed.
    ///   - report: Gets each finding at once.
    public init(
        _ store: any BlobStore, prefix: String, suffix: String, writes: Bool, log: Log,
        report: @escaping @Sendable (ProbeFinding) throws -> Void
    ) throws(BlobNameError) {
        self.store = store
        self.prefix = prefix
        name = try BlobName(prefix + "penstock-probe-" + suffix)
        self.writes = writes
        self.log = log
        self.report = report
    }

    static let contents = Array("Written by `penstock check location`, which removes it again.\n".utf8)

    public func run() async throws {
        guard let container = try await container() else { return }
        let found = try await list()
        guard writes, container != .protected else {
            if let found { try await read(found) }
            return
        }
        try await withRemoval { try await tryWriting($0) }
    }

    // MARK: - Looking

    private enum Container {
        case open
        /// What is written cannot be removed.
        case protected
        case unknown
    }

    /// What is known of the container; `nil` where it makes no sense to go on.
    private func container() async throws -> Container? {
        do {
            let properties = try await store.containerProperties()
            if properties.isProtected == true {
                try report(
                    ProbeFinding(
                        .container, .warning,
                        "\(store.container) has a legal hold or an immutability policy: what is written cannot be "
                            + "replaced or removed, so nothing is written to try",
                        remedy: "Make sure that this is meant; `penstock check account` shows which, and for how long."
                    ))
            } else {
                try report(ProbeFinding(.container, .ok, "\(store.container) is there"))
            }
            return properties.isProtected == true ? .protected : .open
        } catch let error as BlobStoreError where error.kind == .notAuthorized {
            // Signatures for a container never show its properties, and may do everything else.
            try report(
                ProbeFinding(
                    .container, error, .note,
                    so: "whether \(store.container) is there and protected is not known from this"))
            return .unknown
        } catch let error as BlobStoreError {
            try report(ProbeFinding(.container, error))
            return nil
        }
    }

    /// A blob that can be read, where one was seen.
    private func list() async throws -> BlobName? {
        do {
            let page = try await store.list(BlobQuery(prefix: prefix, limit: 100))
            let place = prefix.isEmpty ? store.container.text : "\(store.container)/\(prefix)"
            let hasMore = page.next == nil ? "" : " and more"
            try report(
                ProbeFinding(
                    .list, .ok,
                    page.entries.isEmpty && page.next == nil
                        ? "allowed: nothing lies under \(place) yet"
                        : "allowed: blobs under \(place), \(page.entries.count)\(hasMore)"))
            var archived: [BlobName] = []
            var readable: BlobName?
            for case .blob(let name, let properties) in page.entries {
                if properties.attributes.tier == .archive { archived.append(name) } else { readable = readable ?? name }
            }
            if let first = archived.first {
                try report(
                    ProbeFinding(
                        .tier, .warning,
                        "\(archived.count) of the first \(page.entries.count) blobs lie in the archive tier and cannot "
                            + "be read, such as \(first)",
                        remedy: "Bring them to another tier with `az storage blob set-tier` before they are needed; "
                            + "that takes hours."))
            }
            return readable
        } catch let error as BlobStoreError {
            let isRefusal = error.kind == .notAuthorized || error.kind == .notAuthenticated
            try report(
                ProbeFinding(.list, error, so: isRefusal ? "whether anything lies there is not known" : nil))
            return nil
        }
    }

    private func read(_ blob: BlobName) async throws {
        do {
            let bytes = try await firstBytes(of: blob, limit: 1)
            try report(ProbeFinding(.read, .ok, "allowed: \(bytes.count) bytes of \(blob)"))
        } catch let error as BlobStoreError where error.kind == .invalidRange {
            try report(ProbeFinding(.read, .ok, "allowed: \(blob), which is empty"))
        } catch let error as BlobStoreError {
            try report(ProbeFinding(.read, error))
        }
    }

    private func firstBytes(of blob: BlobName, limit: Int) async throws -> [UInt8] {
        try await [UInt8].filled(capacity: limit) { buffer in
            _ = try await store.read(blob, range: ByteRange(0..<limit), if: .always, into: &buffer)
        }
    }

    // MARK: - Writing

    /// Runs `body`; then the blob is removed, if it may be there still.
    private func withRemoval(_ body: (Leftover) async throws -> Void) async throws {
        try await withResource {
            Leftover()
        } release: { [self] leftover in
            guard leftover.mayExist else { return }
            do {
                try await store.delete(name, if: .always)
            } catch let error as BlobStoreError where error.kind == .blobNotFound || error.kind == .containerNotFound {
                return
            } catch {
                log.warning("the probe's blob could not be removed", ["blob": "\(store.container)/\(name)"])
            }
        } body: {
            try await body($0)
        }
    }

    private func tryWriting(_ leftover: Leftover) async throws {
        let attributes = BlobAttributes(contentType: "text/plain")
        do {
            leftover.mayExist = true
            _ = try await store.put(Self.contents.span, to: name, attributes: attributes, if: .absent)
            try report(ProbeFinding(.write, .ok, "allowed: \(name)"))
        } catch let error as BlobStoreError {
            // Who may not write has not; of anything else it is not known.
            leftover.mayExist = error.kind != .notAuthorized && error.kind != .notAuthenticated
            return try report(ProbeFinding(.write, error))
        }
        do {
            _ = try await store.put(Self.contents.span, to: name, attributes: attributes, if: .absent)
            try report(
                ProbeFinding(
                    .createOnly, .error, "a second create-only write replaced the blob",
                    remedy: "Do not keep backups here: what looks at conditions is missing, and one dump can replace "
                        + "another. Look for a proxy that takes `If-None-Match` away."))
        } catch let error as BlobStoreError where error.refusesReplacement {
            try report(ProbeFinding(.createOnly, .ok, "a second create-only write is refused"))
        } catch let error as BlobStoreError {
            try report(ProbeFinding(.createOnly, error))
        }
        try await readBack()
        try await delete(leftover)
    }

    private func readBack() async throws {
        do {
            let bytes = try await firstBytes(of: name, limit: Self.contents.count)
            let properties = try await store.properties(of: name, if: .always)
            try report(
                bytes == Self.contents
                    ? ProbeFinding(.read, .ok, "allowed: what was written comes back")
                    : ProbeFinding(
                        .read, .error, "what comes back is not what was written",
                        remedy: "Do not keep backups here; look for a proxy that changes bytes."))
            let tier = properties.attributes.tier ?? .hot
            try report(ProbeFinding(.tier, .ok, "what is written lies in the tier \(tier.rawValue)"))
        } catch let error as BlobStoreError where error.kind == .archived {
            try report(ProbeFinding(.tier, error, so: "what is written here goes to the archive at once"))
        } catch let error as BlobStoreError {
            try report(ProbeFinding(.read, error))
        }
    }

    private func delete(_ leftover: Leftover) async throws {
        do {
            try await store.delete(name, if: .always)
            leftover.mayExist = false
            try report(ProbeFinding(.delete, .ok, "allowed: \(name) is gone again"))
        } catch let error as BlobStoreError {
            leftover.mayExist = false
            try report(
                ProbeFinding(
                    .delete, error, .warning,
                    so: "\(store.container)/\(name) is left behind, and old recovery points could not be removed"))
        }
    }
}

/// Whether the probe's blob may still be there.
private final class Leftover: Sendable {
    private let state = Mutex(false)

    var mayExist: Bool {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}

extension BlobStoreError {
    /// True where a write was refused since the blob is there, or since it is protected or may only be created.
    fileprivate var refusesReplacement: Bool {
        kind == .blobAlreadyExists || kind == .conditionNotMet
            || ["UnauthorizedBlobOverwrite", "BlobImmutableDueToPolicy"].contains(service?.code)
    }
}
