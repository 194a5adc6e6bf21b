import CryptoDigests
import HTTPMessages
import TestSupport
import Testing

/// One writer with blobs of its own, and its journal: what was acknowledged, and what was asked for without an answer.
struct CrashClient: Sendable {
    struct Counts: Sendable {
        var requests = 0
        var acknowledged = 0
        var doubtful = 0
        /// Of the doubtful ones, those that turned out to have been carried out.
        var done = 0
    }

    /// A request that was sent and not answered: it was carried out, or not.
    struct Doubt: Sendable {
        let blob: String
        let after: BlobModel
    }

    /// The last is an append blob.
    private static let slots = 6
    /// An append blob longer than this is made anew, in bytes.
    private static let longest = 8 << 20

    private let number: Int
    private var numbers: SeededGenerator
    private(set) var journal: [String: BlobModel] = [:]
    private(set) var doubt: Doubt?
    private(set) var counts = Counts()
    private var blocks = 0

    init(number: Int, seed: UInt64) {
        self.number = number
        numbers = SeededGenerator(seed: seed &* 1000 &+ UInt64(number))
    }

    var prefix: String { "client-\(number)/" }
    var names: [String] { (0..<Self.slots).map { "\(prefix)blob-\($0)" } }

    /// Works until a request gets no answer.
    mutating func work(with service: BlobService) async throws {
        while true { try await step(service) }
    }

    /// Takes what the server shows after the crash as what is true, if it may be; answers what is wrong otherwise.
    mutating func settle(_ blob: String, _ seen: SeenBlob) -> String? {
        let before = journal[blob] ?? BlobModel()
        let after = doubt.flatMap { $0.blob == blob ? $0.after : nil }
        let old = before.completed(by: seen)
        guard let found = old ?? after?.completed(by: seen) else {
            return "\(blob) is \(seen.summary) instead of \(before.summary)"
                + (after.map { ", or \($0.summary)" } ?? "")
        }
        journal[blob] = found
        if doubt?.blob == blob { doubt = nil }
        if old == nil { counts.done += 1 }
        return nil
    }

    // MARK: - Requests

    private mutating func step(_ service: BlobService) async throws {
        let (plain, append) = (names.dropLast(), names[Self.slots - 1])
        let any = names[random(0..<Self.slots)]
        let block = plain[random(0..<plain.count)]
        switch random(0..<100) {
        case ..<16: try await put(block, service)
        case ..<36: try await stage(block, service)
        case ..<48: try await commit(block, service)
        case ..<60: try await appendTo(append, service)
        case ..<67: try await describe(any, service)
        case ..<73: try await setTags(of: any, service)
        case ..<79: try await snapshot(any, service)
        case ..<86: try await copy(block, to: plain[random(0..<plain.count)], service)
        case ..<92: try await delete(any, service)
        case ..<95: try await list(service)
        default: try await read(any, service)
        }
    }

    private mutating func put(_ blob: String, _ service: BlobService) async throws {
        let part = NoisePart(size: size(), using: &numbers)
        let state = BlobModel.State(parts: [part], metadata: words(), tags: words())
        let fields = Self.fields(state, ["x-ms-blob-type": "BlockBlob"])
        try await carryOut(BlobService.Call(method: .put, fields: fields, body: part.bytes), blob, service) {
            $0.state = state
            $0.staged = []
        }
    }

    private mutating func stage(_ blob: String, _ service: BlobService) async throws {
        blocks += 1
        let id = Base64.encode(Array(String(10_000_000 + blocks).utf8))
        let part = NoisePart(size: max(1, size()), id: id, using: &numbers)
        let call = BlobService.Call(method: .put, query: ["comp": "block", "blockid": id], body: part.bytes)
        try await carryOut(call, blob, service) { $0.staged.append(part) }
    }

    /// Commits some of the staged blocks and some of the committed ones, in any order.
    private mutating func commit(_ blob: String, _ service: BlobService) async throws {
        let model = journal[blob] ?? BlobModel()
        guard !model.staged.isEmpty else { return try await stage(blob, service) }
        let committed = model.state?.parts.filter { $0.id != nil } ?? []
        let mixed = (model.staged + committed.prefix(random(0..<committed.count + 1))).shuffled(using: &numbers)
        let parts = Array(mixed.prefix(random(1..<mixed.count + 1)))
        let state = BlobModel.State(parts: parts, metadata: words(), tags: words())
        let list = parts.map { "<Latest>\($0.id ?? "")</Latest>" }.joined()
        let call = BlobService.Call(
            method: .put, query: ["comp": "blocklist"], fields: Self.fields(state),
            body: Array("<BlockList>\(list)</BlockList>".utf8)[...])
        try await carryOut(call, blob, service) {
            $0.state = state
            $0.staged = []
        }
    }

    private mutating func appendTo(_ blob: String, _ service: BlobService) async throws {
        guard let state = journal[blob]?.state, state.size < Self.longest else {
            let empty = BlobModel.State(parts: [], metadata: words())
            let fields = Self.fields(empty, ["x-ms-blob-type": "AppendBlob"])
            return try await carryOut(BlobService.Call(method: .put, fields: fields), blob, service) {
                $0.state = empty
            }
        }
        let part = NoisePart(size: max(1, size()), using: &numbers)
        let call = BlobService.Call(method: .put, query: ["comp": "appendblock"], body: part.bytes)
        try await carryOut(call, blob, service) { $0.state = state.changed { $0.parts.append(part) } }
    }

    private mutating func describe(_ blob: String, _ service: BlobService) async throws {
        guard let state = journal[blob]?.state else { return }
        let metadata = words()
        let fields = Self.fields(BlobModel.State(parts: [], metadata: metadata))
        let call = BlobService.Call(method: .put, query: ["comp": "metadata"], fields: fields)
        try await carryOut(call, blob, service) { $0.state = state.changed { $0.metadata = metadata } }
    }

    private mutating func setTags(of blob: String, _ service: BlobService) async throws {
        guard journal[blob]?.state != nil else { return }
        let tags = words()
        let document = tags.map { "<Tag><Key>\($0)</Key><Value>\($1)</Value></Tag>" }.joined()
        let call = BlobService.Call(
            method: .put, query: ["comp": "tags"], body: Array("<Tags><TagSet>\(document)</TagSet></Tags>".utf8)[...])
        // Tags do not change the blob's own tag.
        try await carryOut(call, blob, service) { $0.state?.tags = tags }
    }

    /// Snapshots, or removes one where there are several.
    private mutating func snapshot(_ blob: String, _ service: BlobService) async throws {
        guard let model = journal[blob], let state = model.state else { return }
        if model.snapshots.count > 2, let id = model.snapshots.keys.min() {
            let call = BlobService.Call(method: .delete, query: ["snapshot": id])
            return try await carryOut(call, blob, service) { $0.snapshots[id] = nil }
        }
        try await carryOut(BlobService.Call(method: .put, query: ["comp": "snapshot"]), blob, service) {
            $0.snapshots[BlobModel.unknownSnapshot] = state
        }
    }

    /// Copies a blob, or its oldest snapshot.
    private mutating func copy(_ source: String, to blob: String, _ service: BlobService) async throws {
        let snapshot = random(0..<2) == 0 ? journal[source]?.snapshots.min { $0.key < $1.key } : nil
        guard source != blob, let state = snapshot?.value ?? journal[source]?.state else { return }
        let url = service.url(of: source, snapshot: snapshot?.key).description
        let call = BlobService.Call(method: .put, fields: ["x-ms-copy-source": url])
        try await carryOut(call, blob, service) {
            $0.state = state.changed { $0.tags = [:] }
            $0.staged = []
        }
    }

    private mutating func delete(_ blob: String, _ service: BlobService) async throws {
        guard journal[blob]?.state != nil else { return }
        let call = BlobService.Call(method: .delete, fields: ["x-ms-delete-snapshots": "include"])
        try await carryOut(call, blob, service) { $0 = BlobModel() }
    }

    private mutating func list(_ service: BlobService) async throws {
        let prefix = prefix
        let found = try await counted { try await service.list(prefix: prefix) }
        let expected = names.reduce(0) { count, name in
            guard let model = journal[name] else { return count }
            return count + model.snapshots.count + (model.state != nil || !model.staged.isEmpty ? 1 : 0)
        }
        #expect(found.count == expected, "\(prefix) while the server runs")
    }

    private mutating func read(_ blob: String, _ service: BlobService) async throws {
        let state = journal[blob]?.state
        let response = try await counted { try await service.send(BlobService.Call(method: .get), about: blob) }
        #expect(response.status == (state == nil ? 404 : 200))
        guard let state, response.isSuccess else { return }
        #expect(Digest.of(response.body.span, .sha256) == state.digest, "\(blob) while the server runs")
    }

    // MARK: - The journal

    /// Asks for a change, and writes into the journal what came of it.
    private mutating func carryOut(
        _ call: BlobService.Call, _ blob: String, _ service: BlobService, _ change: (inout BlobModel) -> Void
    ) async throws {
        var after = (journal[blob] ?? BlobModel()).with(change)
        let response: HTTPResponse
        do {
            response = try await counted { try await service.send(call, about: blob) }
        } catch {
            // Where nobody listened, nothing was asked for.
            if (error as? HTTPFailure)?.kind != .refused {
                doubt = Doubt(blob: blob, after: after)
                counts.doubtful += 1
            }
            throw error
        }
        guard response.isSuccess else { throw BlobService.refusal(response, blob) }
        if after.state?.tag == nil { after.state?.tag = response.fields["ETag"].map(BlobService.bare) }
        if let id = response.fields["x-ms-snapshot"] {
            after.snapshots[id] = after.snapshots.removeValue(forKey: BlobModel.unknownSnapshot)
        }
        journal[blob] = after
    }

    private mutating func counted<Output>(_ request: () async throws -> Output) async throws -> Output {
        counts.requests += 1
        let output = try await request()
        counts.acknowledged += 1
        return output
    }

    // MARK: - Chance

    private mutating func random(_ range: Range<Int>) -> Int { .random(in: range, using: &numbers) }

    /// Of blobs and blocks, in bytes: nothing, what lies in the index, and what has files.
    private mutating func size() -> Int {
        switch random(0..<20) {
        case 0: 0
        case ..<9: random(1..<4096)
        case ..<15: random(4096..<100_000)
        case ..<19: random(100_000..<1_200_000)
        default: random(1_200_000..<NoisePart.largest)
        }
    }

    private mutating func words() -> [String: String] {
        var words: [String: String] = [:]
        for name in ["one", "two", "three"].prefix(random(0..<4)) { words[name] = String(random(0..<1_000_000)) }
        return words
    }

    private static func fields(_ state: BlobModel.State, _ more: HTTPFields = [:]) -> HTTPFields {
        var fields = more
        for (name, value) in state.metadata { fields.append("x-ms-meta-\(name)", value) }
        let tags = state.tags.map { "\($0)=\($1)" }.joined(separator: "&")
        if !tags.isEmpty { fields.append("x-ms-tags", tags) }
        return fields
    }
}
