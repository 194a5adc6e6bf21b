import AzureIdentity
import BlobStorage
import ByteStreams
public import Diagnostics
public import FoundationEssentials
public import HTTPListener
import HTTPMessages
import SystemCalls

/// Accounts of blobs, published over the REST protocol of Azure's blob service.
///
/// What it does and what it refuses is in `docs/reference/server.md`. Hand ``respond(to:body:)`` to a listener.
public struct BlobServer: Sendable {
    let accounts: PublishedAccounts
    let log: Log
    let clock: @Sendable () -> Date
    let random: @Sendable () -> UInt64
    let copies: BlobCopies
    /// Memory for bodies that must be there as a whole.
    let buffers = BufferAllowance(bytes: 16 << 20)
    /// Reads large documents, which would keep others waiting on a thread that serves connections.
    let documents = ThreadPool(name: "blob-document", width: 1)

    /// - Parameters:
    ///   - accounts: By name.
    ///   - log: Gets one line for each request.
    ///   - clock: The time by which signatures are judged.
    ///   - random: Makes the ids of requests.
    ///   - copies: What copies may read; those that go on behind their request need its ``BlobCopies/run(_:)``.
    public init(
        accounts: [String: PublishedAccount], log: Log, clock: @escaping @Sendable () -> Date,
        random: @escaping @Sendable () -> UInt64, copies: BlobCopies = BlobCopies()
    ) {
        self.init(
            accounts: PublishedAccounts(accounts), log: log, clock: clock, random: random, copies: copies)
    }

    /// Like ``init(accounts:log:clock:random:copies:)``, with accounts that come and go while it serves.
    public init(
        accounts: PublishedAccounts, log: Log, clock: @escaping @Sendable () -> Date,
        random: @escaping @Sendable () -> UInt64, copies: BlobCopies = BlobCopies()
    ) {
        self.accounts = accounts
        self.log = log
        self.clock = clock
        self.random = random
        self.copies = copies
    }

    /// Answers a request; every failure is an answer.
    public func respond(to head: ListenerRequest, body: inout RequestBody) async -> Reply {
        await respond(to: head, body: &body, id: newRequestID(), refusal: nil)
    }

    /// - Parameter refusal: Answered to every request that makes sense, instead of what it asks for.
    func respond(
        to head: ListenerRequest, body: inout RequestBody, id: String, refusal: ServiceFailure?
    ) async -> Reply {
        var entry = AccessLogEntry(head, id: id, start: clock())
        var reply: Reply
        do {
            let request = try ServiceRequest(head)
            let version = try request.version()
            entry.version = version
            if let refusal {
                if let operation = try? ServiceOperation(request) { entry.operation = operation.rawValue }
                throw refusal
            }
            reply = try await perform(request, body: &body, entry: &entry)
        } catch {
            let failure = ServiceFailure(error)
            entry.note(error, failure)
            reply = failure.reply(to: head, id: entry.id, now: clock())
        }
        reply.fields.append("Server", "Penstock-Blob/1.0")
        reply.fields.append("x-ms-request-id", entry.id)
        reply.fields.append("x-ms-version", entry.version)
        if let id = head.fields["x-ms-client-request-id"], id.utf8.count <= 1024 {
            reply.fields.append("x-ms-client-request-id", id)
        }
        entry.status = reply.status
        let (log, clock) = (log, clock)
        reply.onEnd = { [entry] end in entry.write(end, to: log, now: clock()) }
        return reply
    }

    private func perform(
        _ request: ServiceRequest, body: inout RequestBody, entry: inout AccessLogEntry
    ) async throws -> Reply {
        // A browser asks without a credential whether a page of another site may send its request.
        guard request.method != .options else { throw ServiceFailure.preflight }
        let published = accounts[request.account]
        let now = clock()
        // An unknown operation is told apart only for those who may know.
        let operation: Result<ServiceOperation, ServiceFailure> = Result { () throws(ServiceFailure) in
            try ServiceOperation(request)
        }
        if case .success(let operation) = operation { entry.operation = operation.rawValue }
        let admission = try await Authorizer(published: published, now: now).authorize(
            request, for: try? operation.get())
        let known = try operation.get()
        guard let published else { throw ServiceFailure.uri }
        if known == .batch { return try await batch(request, of: published, body: &body, entry: entry) }
        let work = Work(
            request: request, operation: known, account: published.account, permission: admission.permission, now: now,
            settings: admission.settings, holder: admission.holder, policy: published.policy, server: self)
        do {
            return try await work.perform(&body)
        } catch {
            throw work.worded(work.copyFailure(error))
        }
    }

    func newRequestID() -> String { Self.requestID(random(), random()) }

    /// Two random numbers in the form of a UUID.
    private static func requestID(_ high: UInt64, _ low: UInt64) -> String {
        func hex(_ value: UInt64, _ digits: Int) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        return "\(hex(high >> 32, 8))-\(hex(high >> 16 & 0xFFFF, 4))-\(hex(high & 0xFFFF, 4))-"
            + "\(hex(low >> 48, 4))-\(hex(low & 0xFFFF_FFFF_FFFF, 12))"
    }
}
