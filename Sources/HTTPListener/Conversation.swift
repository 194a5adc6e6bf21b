import ByteStreams
import CMicroHTTPD
import Glibc
import HTTPMessages
import SystemCalls

/// One step of the library's talk about a request: what came in, and whether an answer can go out.
@safe struct Conversation {
    let exchange: Exchange
    private let connection: OpaquePointer

    @unsafe init(exchange: Exchange, connection: OpaquePointer) {
        self.exchange = exchange
        unsafe self.connection = connection
    }

    private var daemon: Daemon { exchange.daemon }
    private var suspendable: Connection { unsafe Connection(connection) }

    /// Takes the next piece, which is empty for the head of the request and for its end; false closes the connection.
    ///
    /// What is left of the piece is given again when the connection was suspended and is resumed.
    func advance(method: String, piece: inout Piece) -> Bool {
        switch exchange.enter() {
        case .new: return begin(method: method)
        case .head: return lookAtBody()
        case .reading where !piece.isEmpty: return take(&piece)
        case .reading:
            exchange.endBody()
            switch exchange.settle(at: .end, suspendable) {
            case .ready: return queue()
            case .suspended: return true
            case .over: return false
            }
        case .answering, .over: return false
        }
    }

    /// Looks at the head and starts the handler.
    private func begin(method: String) -> Bool {
        daemon.add(exchange)
        daemon.sockets.note(unsafe penstock_mhd_socket(connection), isWaiting: false)
        let head = unsafe RequestHead(of: connection)
        let length: ListenerRequest.Length
        switch head.judge(limit: daemon.limits.head, target: exchange.target) {
        case .failure(let refusal):
            // Whoever sent it may take what follows for something else.
            exchange.state.update { $0.reply = Reply(status: refusal.status, fields: ["Connection": "close"]) }
            return queue()
        case .success(let judged): length = judged
        }
        let request = ListenerRequest(
            method: method, target: exchange.target, fields: head.fields, length: length, peer: peerAddress,
            scheme: daemon.scheme)
        exchange.start(request, with: daemon.handler)
        guard length.mayHaveBytes else {
            exchange.state.update { $0.phase = .reading }
            // The library goes straight on to the end of the body.
            exchange.leave(.resumed)
            return true
        }
        exchange.state.update { state in
            state.phase = .head
            state.length = length
            state.expectsContinue = head.expectsContinue
        }
        return lookAtBody()
    }

    /// Goes on when the handler waits for the body, or has an answer without it.
    ///
    /// An answer queued now makes the library close the connection, so that is done only where the body is not worth
    /// waiting for: before a 100 Continue, or when it is too long to be thrown away.
    private func lookAtBody() -> Bool {
        switch exchange.settle(at: .head, suspendable) {
        case .ready: break
        case .suspended: return true
        case .over: return false
        }
        let (isWithheld, length, expects) = exchange.state.update { state in
            state.phase = .reading
            return (state.reply?.isWithheld, state.length, state.expectsContinue)
        }
        if let isWithheld, isWithheld || !isWorthReading(length, expects: expects) { return queue() }
        exchange.leave(.expecting)
        return true
    }

    private func isWorthReading(_ length: ListenerRequest.Length, expects: Bool) -> Bool {
        switch length {
        case .absent, .known(0): true
        case .known(let count): !expects && count <= daemon.limits.discarded
        case .chunked: !expects
        }
    }

    private func take(_ piece: inout Piece) -> Bool {
        while true {
            exchange.deliver(&piece)
            // With nothing left to give, the library would not call as soon as the connection is resumed.
            switch exchange.settle(at: .piece, piece.isEmpty ? nil : suspendable) {
            case .suspended: return true
            case .over: return false
            case .ready: break
            }
            if let reply = exchange.state.update({ $0.reply }) { return discard(&piece, reply) }
            guard piece.isEmpty else { continue }
            exchange.leave(.expecting)
            return true
        }
    }

    private func discard(_ piece: inout Piece, _ reply: Reply) -> Bool {
        guard !reply.isWithheld else { return queue() }
        let count = piece.count
        piece.drop()
        exchange.leave(.expecting)
        return exchange.state.update { state in
            state.received += count
            state.discarded += count
            return state.discarded <= daemon.limits.discarded
        }
    }

    private func queue() -> Bool {
        let reply = exchange.state.update { state in
            state.phase = .answering
            return state.reply
        }
        if case .withheld(let resets) = reply?.body {
            if resets { reset() }
            return false
        }
        guard let reply, let response = unsafe response(for: reply) else { return false }
        defer { unsafe MHD_destroy_response(response) }
        var fields = reply.fields
        if daemon.isDraining { fields["Connection"] = "close" }
        for field in fields.all {
            // A value that no header can carry is a mistake of the handler: better no answer than a wrong one.
            // libmicrohttpd refuses an empty value; readers drop white space around values.
            let value = field.value.isEmpty ? " " : field.value
            guard unsafe MHD_add_response_header(response, field.name, value) == .YES else { return false }
        }
        guard unsafe MHD_queue_response(connection, UInt32(clamping: reply.status), response) == .YES else {
            return false
        }
        exchange.leave(.expecting)
        return true
    }

    private func response(for reply: Reply) -> OpaquePointer? {
        switch reply.body {
        // A file has become a stream before.
        case .none, .withheld, .file: return unsafe MHD_create_response_from_buffer(0, nil, .RESPMEM_PERSISTENT)
        case .bytes(var bytes):
            exchange.state.update { $0.sent = bytes.count }
            return unsafe MHD_create_response_from_buffer(bytes.count, &bytes, .RESPMEM_MUST_COPY)
        case .omitted(let length):
            return unsafe MHD_create_response_from_callback(UInt64(clamping: length), 1, Callbacks.read, nil, nil)
        case .stream(let length, _):
            let answering = Answering(exchange, suspendable)
            let block = min(max(length ?? .max, 1), answering.room.bytes)
            let context = unsafe Unmanaged.passRetained(answering).toOpaque()
            // All bits set is MHD_SIZE_UNKNOWN, a macro that Swift cannot import.
            let response = unsafe MHD_create_response_from_callback(
                length.map { UInt64(clamping: $0) } ?? .max, block, Callbacks.read, context, Callbacks.release)
            if unsafe response == nil { unsafe Unmanaged<Answering>.fromOpaque(context).release() }
            return unsafe response
        }
    }

    /// Breaks the connection so that the client sees an error instead of an end: the library could only close it.
    private func reset() {
        var nowhere = sockaddr()
        nowhere.sa_family = sa_family_t(AF_UNSPEC)
        unsafe connect(penstock_mhd_socket(connection), &nowhere, socklen_t(MemoryLayout<sockaddr>.size))
    }

    private var peerAddress: String {
        guard let address = unsafe penstock_mhd_peer(connection) else { return "" }
        return unsafe SocketAddress.read(address)?.host ?? ""
    }
}
