import BlobStorage
import Diagnostics
public import HTTPListener

/// A server whose requests go wrong by a plan.
///
/// Hand ``respond(to:body:)`` to a listener in place of the server's own.
public struct FaultyServer: Sendable {
    private let server: BlobServer
    private let dice: FaultDice
    private let clock: FaultClock

    /// - Parameter clock: Delays and stalls sleep on it, and the plan's seconds count from now.
    public init(_ server: BlobServer, plan: ServerFaultPlan, clock: some Clock<Duration>) {
        self.server = server
        self.clock = FaultClock(clock)
        dice = FaultDice(plan)
    }

    public func respond(to head: ListenerRequest, body: inout RequestBody) async -> Reply {
        let operation = Self.operation(of: head)
        let hits = dice.roll(operation, elapsed: clock.elapsed())
        let id = server.newRequestID()
        for hit in hits { log(hit, operation, head, id) }
        var faulty = FaultyRequest(hits.map(\.fault), clock: clock)
        do {
            if let delay = faulty.delay { try await clock.sleep(delay) }
        } catch {
            // Only the end of the request or of the server ends a sleep.
            return Reply(status: 503, body: .withheld(resets: false))
        }
        guard !faulty.resets else { return Reply(status: 503, body: .withheld(resets: true)) }
        body.gate = faulty.gate(ofBody: head.length)
        let reply = await server.respond(to: head, body: &body, id: id, refusal: faulty.refusal)
        return faulty.spoil(reply, isHead: head.method == "HEAD")
    }

    private static func operation(of head: ListenerRequest) -> String {
        guard let request = try? ServiceRequest(head), let operation = try? ServiceOperation(request) else {
            return "unknown"
        }
        return operation.rawValue
    }

    private func log(_ hit: FaultDice.Hit, _ operation: String, _ head: ListenerRequest, _ id: String) {
        server.log.info(
            "fault",
            [
                "id": id, "fault": hit.fault.name, "rule": String(hit.rule), "number": String(hit.number),
                "operation": operation, "method": head.method, "peer": head.peer,
            ])
    }
}

/// The faults of one request.
struct FaultyRequest {
    private let clock: FaultClock
    private let pace: FaultPace?
    private(set) var delay: Duration?
    /// The one fault that is not about pace.
    private let fault: ServerFault?
    private var stallsBody = false

    init(_ faults: [ServerFault], clock: FaultClock) {
        self.clock = clock
        var slowest: Int?
        for fault in faults {
            switch fault {
            case .delay(let time): delay = (delay ?? .zero) + time
            case .bandwidth(let bytes): slowest = min(slowest ?? bytes, bytes)
            default: continue
            }
        }
        pace = slowest.map { FaultPace(bandwidth: max(1, $0), clock: clock) }
        fault = faults.first { !$0.isPace }
    }

    var resets: Bool { fault == .reset }

    var refusal: ServiceFailure? {
        guard case .status(let status, let seconds) = fault else { return nil }
        var failure = ServiceFailure(status == 503 ? .busy : .serverFailure)
        if let seconds { failure.fields.append(ServiceFailure.Detail("Retry-After", String(seconds))) }
        return failure
    }

    mutating func gate(ofBody length: ListenerRequest.Length) -> ByteGate? {
        guard case .stall(let time) = fault, case .known(let count) = length, count > 0 else { return paced(nil) }
        stallsBody = true
        return paced(stall(at: count / 2, for: time))
    }

    /// The answer as it will be sent, or not.
    func spoil(_ reply: Reply, isHead: Bool) -> Reply {
        var spoilt = reply
        if fault == .loseAnswer {
            spoilt.body = .withheld(resets: false)
            return spoilt
        }
        let length: Int?
        let write: @Sendable (inout ReplyWriter) async throws -> Void
        switch reply.withoutFile.body {
        case .stream(let count, let inner): (length, write) = (count, inner)
        case .bytes(let bytes) where !bytes.isEmpty: (length, write) = (bytes.count, { try await $0.write(bytes.span) })
        case .none, .bytes, .omitted, .file, .withheld: return reply
        }
        guard !isHead, let gate = gate(ofAnswer: length ?? 0) else { return reply }
        spoilt.body = .stream(length: length) { writer in
            writer.gate = gate
            try await write(&writer)
        }
        return spoilt
    }

    private func gate(ofAnswer length: Int) -> ByteGate? {
        switch fault {
        case .stall(let time) where !stallsBody: paced(stall(at: length / 2, for: time))
        case .truncate: paced(FaultMark(at: length / 2) { throw AnswerCut() })
        default: paced(nil)
        }
    }

    private func stall(at position: Int, for time: Duration) -> FaultMark {
        FaultMark(at: position) { [clock] in try await clock.sleep(time) }
    }

    /// The pace, then a mark, which counts only what the pace lets through.
    private func paced(_ mark: FaultMark?) -> ByteGate? {
        guard pace != nil || mark != nil else { return nil }
        return { [pace] count in
            let passing = if let pace { try await pace.pass(count) } else { count }
            return if let mark { try await mark.pass(passing) } else { passing }
        }
    }
}

/// What ends an answer that is to be cut.
private struct AnswerCut: Error {}
