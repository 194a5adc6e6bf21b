import CMicroHTTPD
import Glibc
import HTTPMessages
import SystemCalls

/// One step of the library's talk about a request: what came in, and whether an answer can go out.
@safe struct Conversation {
    let daemon: Daemon
    let exchange: Exchange
    private let connection: OpaquePointer

    @unsafe init(daemon: Daemon, exchange: Exchange, connection: OpaquePointer) {
        self.daemon = daemon
        self.exchange = exchange
        unsafe self.connection = connection
    }

    /// Takes the next piece, which is empty for the head of the request and for its end; false closes the connection.
    func advance(method: String, piece: Piece) -> Bool {
        switch exchange.state.update({ $0.phase }) {
        case .new: return begin(method: method)
        case .reading where !piece.isEmpty: return take(piece)
        case .reading:
            exchange.endBody()
            return queue()
        case .answering, .over: return false
        }
    }

    /// Looks at the head and runs the handler until it waits for the body or has an answer.
    ///
    /// An answer queued now makes the library close the connection, so that is done only where the body is not worth
    /// waiting for: before a 100 Continue, or when it is too long to be thrown away.
    private func begin(method: String) -> Bool {
        daemon.add(exchange)
        exchange.state.update { $0.phase = .reading }
        let head = unsafe RequestHead(of: connection)
        let length: ListenerRequest.Length
        switch head.judge(limit: daemon.limits.head, target: exchange.target) {
        case .failure(let refusal):
            exchange.state.update { $0.reply = Reply(status: refusal.status) }
            return queue()
        case .success(let judged): length = judged
        }
        let peer = peerAddress
        let request = ListenerRequest(
            method: method, target: exchange.target, fields: head.fields, length: length, peer: peer,
            scheme: daemon.scheme)
        exchange.start(request, with: daemon.handler)
        exchange.run { $0.reader != nil || $0.reply != nil }
        guard let isWithheld = exchange.state.update({ $0.reply?.isWithheld }) else { return true }
        guard !isWithheld else { return queue() }
        return isWorthReading(length, expects: head.expectsContinue) || queue()
    }

    private func isWorthReading(_ length: ListenerRequest.Length, expects: Bool) -> Bool {
        switch length {
        case .absent, .known(0): true
        case .known(let count): !expects && count <= daemon.limits.discarded
        case .chunked: !expects
        }
    }

    private func take(_ piece: Piece) -> Bool {
        let count = piece.count
        guard exchange.state.update({ $0.reply != nil }) || exchange.lend(piece) else { return true }
        guard exchange.state.update({ $0.reply?.isWithheld }) == false else { return queue() }
        return exchange.state.update { state in
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
        guard let reply, let response = unsafe Self.response(for: reply, of: exchange) else { return false }
        defer { unsafe MHD_destroy_response(response) }
        var fields = reply.fields
        if daemon.isDraining { fields["Connection"] = "close" }
        for field in fields.all {
            // A value that no header can carry is a mistake of the handler: better no answer than a wrong one.
            // libmicrohttpd refuses an empty value; readers drop white space around values.
            let value = field.value.isEmpty ? " " : field.value
            guard unsafe MHD_add_response_header(response, field.name, value) == .YES else { return false }
        }
        return unsafe MHD_queue_response(connection, UInt32(clamping: reply.status), response) == .YES
    }

    private static func response(for reply: Reply, of exchange: Exchange) -> OpaquePointer? {
        let context = unsafe Unmanaged.passUnretained(exchange).toOpaque()
        switch reply.body {
        case .none, .withheld: return unsafe MHD_create_response_from_buffer(0, nil, .RESPMEM_PERSISTENT)
        case .bytes(var bytes):
            exchange.state.update { $0.sent = bytes.count }
            return unsafe MHD_create_response_from_buffer(bytes.count, &bytes, .RESPMEM_MUST_COPY)
        case .omitted(let length):
            return unsafe MHD_create_response_from_callback(UInt64(clamping: length), 1, Callbacks.read, context, nil)
        case .stream(let length, _):
            // All bits set is MHD_SIZE_UNKNOWN, a macro that Swift cannot import.
            let size = length.map { UInt64(clamping: $0) } ?? .max
            let block = length.map { min(max($0, 1), 256 << 10) } ?? 64 << 10
            return unsafe MHD_create_response_from_callback(size, block, Callbacks.read, context, nil)
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
