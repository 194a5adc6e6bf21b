public import BlobStorage
public import CryptoDigests
public import Diagnostics
public import FoundationEssentials
public import HTTPListener
import HTTPMessages
import Synchronization

/// The small part of Azure that stands around blobs: tenants and their tokens, managed identities, the resource manager
/// for storage accounts, roles, and vaults of secrets.
///
/// It is for trying clients out: what it acts out, and what it does not, is in `docs/reference/stage.md`. Everything can
/// be changed while it plays, and is forgotten with the process. Hand what ``serves(_:)`` says to ``respond(to:body:)``,
/// and ask ``policy(of:)`` for each account that a blob server publishes.
public final class AzureStage: Sendable {
    let state: Mutex<StageState>
    let stores = Mutex<[String: any BlobAccount]>([:])
    let signer: TokenSigner
    let log: Log
    let clock: @Sendable () -> Date
    let random: @Sendable () -> UInt64

    /// - Parameters:
    ///   - key: Signs the stage's tokens.
    ///   - log: Gets one line for each request.
    ///   - random: Makes ids, and the secrets behind user delegation keys.
    /// - Throws: ``StageError`` where the document contradicts itself.
    public init(
        _ document: StageDocument, key: RSAPrivateKey, log: Log, clock: @escaping @Sendable () -> Date,
        random: @escaping @Sendable () -> UInt64
    ) throws {
        state = Mutex(try StageState(document, now: clock(), random: random))
        signer = TokenSigner(key: key)
        self.log = log
        self.clock = clock
        self.random = random
    }

    /// The names of the accounts, in order.
    public var accountNames: [String] { state.withLock { $0.accounts.keys.sorted() } }

    /// Says where the blobs of an account are, so that its containers can be managed.
    public func attach(_ account: any BlobAccount, as name: String) { stores.withLock { $0[name] = account } }

    func store(of account: String) -> (any BlobAccount)? { stores.withLock { $0[account] } }

    /// Answers a request; every failure is an answer.
    public func respond(to head: ListenerRequest, body: inout RequestBody) async -> Reply {
        let (service, now, id) = (StageService(head), clock(), newID())
        var reply: Reply
        do {
            guard let service else { throw StageFailure.nothingHere }
            let request = try StageRequest(head, body: try await StageRequest.collect(&body))
            reply = try await answer(request, of: service)
        } catch {
            var failure = error as? StageFailure ?? StageFailure(500, "InternalServerError", "The stage failed.")
            if error is ListenerError { failure = .malformed("the body ended early") }
            if let shape = service?.failures { failure.service = shape }
            let document = failure.document(time: StageTime.text(now), id: id)
            reply = Reply(status: failure.status, fields: failure.fields, body: .bytes(document.json))
            reply.fields["x-ms-error-code"] = failure.code
            reply.fields["Content-Type"] = "application/json; charset=utf-8"
        }
        if head.method == "HEAD", case .bytes(let bytes) = reply.body { reply.body = .omitted(length: bytes.count) }
        reply.fields["x-ms-request-id"] = id
        reply.fields["Cache-Control"] = "no-store, no-cache"
        log.info(
            "stage",
            [
                "id": id, "service": service?.rawValue ?? "none", "method": head.method,
                "path": String(RequestTarget(head.target).path), "status": String(reply.status),
                "code": reply.fields["x-ms-error-code"] ?? "",
            ])
        return reply
    }

    private func answer(_ request: StageRequest, of service: StageService) async throws -> Reply {
        try throttle(service)
        switch service {
        case .tokens: return try answerTokens(request)
        case .metadata: return try answerMetadata(request)
        case .management: return try await answerManagement(request)
        case .vaults: return try answerVault(request)
        case .control: return try answerControl(request)
        }
    }

    /// Refuses as many requests of a service as were asked to be refused.
    private func throttle(_ service: StageService) throws(StageFailure) {
        let wait = state.withLock { state -> Int? in
            guard let left = state.throttled[service], left > 0 else { return nil }
            state.throttled[service] = left - 1
            return state.retryAfter
        }
        if let wait { throw .throttled(wait) }
    }

    func newID() -> String { StageID.make(random) }
}

extension Reply {
    /// An answer whose body is a document.
    static func json(_ status: Int = 200, _ value: JSONValue, _ fields: HTTPFields = [:]) -> Reply {
        var reply = Reply(status: status, fields: fields, body: .bytes(value.json))
        reply.fields["Content-Type"] = "application/json; charset=utf-8"
        return reply
    }
}
