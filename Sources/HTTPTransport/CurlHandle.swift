import CCurl
import Diagnostics
import HTTPMessages

/// One easy handle with a multi handle around it, so that its waiting can be ended from another thread.
@safe final class CurlHandle: @unchecked Sendable {
    // Sendable because a handle is used by the one thread that took it out of the client's list; only `wake` may be
    // called by others, and `curl_multi_wakeup` is made for that.
    private let easy: UnsafeMutableRawPointer
    private let multi: UnsafeMutableRawPointer
    private let message: UnsafeMutablePointer<CChar>
    /// The proxy of the conversation under way.
    private var proxy: Proxy?

    private static let isLibraryReady = penstock_curl_global_init() == CURLE_OK

    init(peer: String) throws(HTTPFailure) {
        guard Self.isLibraryReady, let easy = unsafe curl_easy_init() else {
            throw HTTPFailure(kind: .broken, peer: peer, detail: "libcurl could not be set up")
        }
        guard let multi = unsafe curl_multi_init() else {
            unsafe curl_easy_cleanup(easy)
            throw HTTPFailure(kind: .broken, peer: peer, detail: "libcurl could not be set up")
        }
        unsafe self.easy = easy
        unsafe self.multi = multi
        unsafe message = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe message.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        unsafe curl_easy_cleanup(easy)
        unsafe curl_multi_cleanup(multi)
        unsafe message.deallocate()
    }

    /// Ends a wait in `perform`; may be called from any thread, at any time.
    func wake() { _ = unsafe curl_multi_wakeup(multi) }

    /// Sends a request with a body and collects the answer.
    func perform(
        _ request: HTTPRequest, settings: TransportSettings, body: Span<UInt8>, limit: Int
    ) throws -> HTTPResponse {
        let result = unsafe body.withUnsafeBufferPointer { bytes in
            var transfer = unsafe Transfer(unsent: bytes, buffer: nil, limit: limit)
            return Result { try run(request, settings, size: bytes.count, &transfer) }
        }
        return try result.get()
    }

    /// Sends a request without a body; a success goes into `buffer`, and only if it came whole.
    func perform(
        _ request: HTTPRequest, settings: TransportSettings, into buffer: inout OutputSpan<UInt8>, limit: Int
    ) throws -> HTTPResponse {
        let result = unsafe buffer.withUnsafeMutableBufferPointer { memory, count in
            let free = unsafe UnsafeMutableBufferPointer(rebasing: memory[count...])
            var transfer = unsafe Transfer(
                unsent: UnsafeBufferPointer(start: nil, count: 0), buffer: free, limit: limit)
            let result = Result { try run(request, settings, size: 0, &transfer) }
            if case .success = result { count += transfer.filled }
            return result
        }
        return try result.get()
    }

    private func run(
        _ request: HTTPRequest, _ settings: TransportSettings, size: Int, _ transfer: inout Transfer
    ) throws -> HTTPResponse {
        let peer = request.url.peer
        let headers = try HeaderList(request, settings)
        try set(request, settings, size: size, headers: headers)
        let code = try unsafe withUnsafeMutablePointer(to: &transfer) { context in
            try check(unsafe Self.setCallbacks(easy, context), peer)
            return try unsafe loop(context, stallTimeout: settings.stallTimeout, peer: peer)
        }
        guard code == CURLE_OK else { throw failure(code, transfer.failure, peer, hasBegun: transfer.hasBegun) }
        // libcurl takes a connection that ends among the header lines for a complete answer.
        guard transfer.hasWholeHeader else {
            throw HTTPFailure(kind: .broken, peer: peer, detail: "the answer ended in the middle of its header")
        }
        return HTTPResponse(status: transfer.status, fields: transfer.fields, body: transfer.collected)
    }

    /// Drives the transfer to its end, giving up when the task is cancelled or nothing has moved for too long.
    private func loop(
        _ transfer: UnsafeMutablePointer<Transfer>, stallTimeout: Duration, peer: String
    ) throws -> CURLcode {
        try check(unsafe curl_multi_add_handle(multi, easy), peer)
        // Removing an unfinished transfer closes its connection.
        defer { unsafe curl_multi_remove_handle(multi, easy) }
        while true {
            try Task.checkCancellation()
            var running: Int32 = 0
            try check(unsafe curl_multi_perform(multi, &running), peer)
            if running == 0 { break }
            let left = stallTimeout - (ContinuousClock.now - (unsafe transfer.pointee.lastActivity))
            guard left > .zero else {
                throw HTTPFailure(kind: .timedOut, peer: peer, detail: "no byte came or went for \(stallTimeout)")
            }
            try check(unsafe penstock_curl_poll(multi, Int32(clamping: left.milliseconds + 1)), peer)
        }
        let ended = unsafe penstock_curl_ended(multi)
        guard ended >= 0 else { throw HTTPFailure(kind: .broken, peer: peer, detail: "the transfer has no result") }
        return CURLcode(rawValue: UInt32(ended))
    }

    // MARK: - Settings

    private func set(
        _ request: HTTPRequest, _ settings: TransportSettings, size: Int, headers: borrowing HeaderList
    ) throws(HTTPFailure) {
        let url = request.url
        let peer = url.peer
        unsafe curl_easy_reset(easy)
        unsafe message.pointee = 0
        try check(unsafe penstock_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, message), peer)
        try check(unsafe penstock_curl_set_list(easy, headers.list), peer)
        let numbers: KeyValuePairs<CURLoption, Int> = [
            CURLOPT_NOSIGNAL: 1, CURLOPT_NOPROGRESS: 1, CURLOPT_FOLLOWLOCATION: 0, CURLOPT_PATH_AS_IS: 1,
            CURLOPT_HTTP_VERSION: CURL_HTTP_VERSION_1_1,
            CURLOPT_SSLVERSION: CURL_SSLVERSION_TLSv1_2,
            CURLOPT_TCP_NODELAY: 1, CURLOPT_TCP_KEEPALIVE: 1, CURLOPT_SUPPRESS_CONNECT_HEADERS: 1,
            // 512 KiB each way, measured: a third less CPU than the defaults of 64 and 16 KiB.
            CURLOPT_UPLOAD_BUFFERSIZE: 512 << 10, CURLOPT_BUFFERSIZE: 512 << 10,
            CURLOPT_CONNECTTIMEOUT_MS: max(1, settings.connectTimeout.milliseconds),
        ]
        for (option, value) in numbers { try check(unsafe penstock_curl_set_long(easy, option, value), peer) }
        try set(CURLOPT_PROTOCOLS_STR, "http,https", peer)
        try set(CURLOPT_URL, "\(url.scheme)://\(url.authority)\(url.target)", peer)
        try setProxy(for: url, settings.proxies, peer)
        // A plain proxy needs the whole URL on the request line, which libcurl then writes by itself.
        if proxy == nil || url.scheme == .https { try set(CURLOPT_REQUEST_TARGET, url.target, peer) }
        if let file = settings.certificateAuthorities { try set(CURLOPT_CAINFO, file, peer) }
        try setMethod(request.method, size: size, peer)
    }

    /// Sets the proxy, or says that there is none: otherwise libcurl would look at the environment itself.
    private func setProxy(for url: HTTPURL, _ proxies: ProxySettings, _ peer: String) throws(HTTPFailure) {
        proxy = proxies.proxy(for: url)
        guard let proxy else { return try set(CURLOPT_PROXY, "", peer) }
        try set(CURLOPT_NOPROXY, proxies.exceptions, peer)
        try proxy.url.reveal { (text) throws(HTTPFailure) in try set(CURLOPT_PROXY, text, peer) }
    }

    private func setMethod(_ method: HTTPMethod, size: Int, _ peer: String) throws(HTTPFailure) {
        switch method {
        case .head: try check(unsafe penstock_curl_set_long(easy, CURLOPT_NOBODY, 1), peer)
        case .put, .post, .patch:
            try check(unsafe penstock_curl_set_long(easy, CURLOPT_UPLOAD, 1), peer)
            try check(unsafe penstock_curl_set_offset(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(size)), peer)
            try set(CURLOPT_CUSTOMREQUEST, method.rawValue, peer)
        case .get, .delete, .options:
            precondition(size == 0, "a \(method.rawValue) has no body")
            try set(CURLOPT_CUSTOMREQUEST, method.rawValue, peer)
        }
    }

    private func set(_ option: CURLoption, _ text: String, _ peer: String) throws(HTTPFailure) {
        try check(unsafe penstock_curl_set_string(easy, option, text), peer)
    }

    private static func setCallbacks(
        _ easy: UnsafeMutableRawPointer, _ context: UnsafeMutablePointer<Transfer>
    ) -> CURLcode {
        unsafe penstock_curl_set_callbacks(
            easy,
            { memory, size, count, context in
                guard let memory = unsafe memory, let transfer = unsafe CurlHandle.transfer(context) else { return 0 }
                return unsafe transfer.pointee.read(into: memory, room: size * count)
            },
            { memory, size, count, context in
                guard let transfer = unsafe CurlHandle.transfer(context) else { return 0 }
                return unsafe transfer.pointee.write(UnsafeRawBufferPointer(start: memory, count: size * count))
            },
            { memory, size, count, context in
                guard let transfer = unsafe CurlHandle.transfer(context) else { return 0 }
                return unsafe transfer.pointee.header(UnsafeRawBufferPointer(start: memory, count: size * count))
            },
            { context, _, _, _, _ in
                guard let transfer = unsafe CurlHandle.transfer(context) else { return CURL_PREREQFUNC_ABORT }
                return unsafe transfer.pointee.mayBegin() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
            },
            context)
    }

    private static func transfer(_ context: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<Transfer>? {
        unsafe context?.assumingMemoryBound(to: Transfer.self)
    }

    // MARK: - Failures

    private static let endedSilently = "a kept connection ended without an answer"

    private func check(_ code: CURLcode, _ peer: String) throws(HTTPFailure) {
        guard code == CURLE_OK else { throw failure(code, nil, peer) }
    }

    private func check(_ code: CURLMcode, _ peer: String) throws(HTTPFailure) {
        guard code == CURLM_OK else {
            throw HTTPFailure(kind: .broken, peer: peer, detail: unsafe String(cString: curl_multi_strerror(code)))
        }
    }

    private func failure(
        _ code: CURLcode, _ own: HTTPFailure.Kind?, _ peer: String, hasBegun: Bool = false
    ) -> HTTPFailure {
        let found = own ?? kind(of: code)
        // A kept connection has died with the request, and no other could be had to send it once more.
        if hasBegun, found.isBeforeRequest {
            return HTTPFailure(kind: .broken, peer: peer, detail: Self.endedSilently, proxy: proxy?.shown)
        }
        let words = unsafe String(cString: message)
        let detail =
            switch code {
            // libcurl was about to send the request once more, which is not for it to decide; see ``Transfer``.
            case CURLE_ABORTED_BY_CALLBACK, CURLE_SEND_FAIL_REWIND: Self.endedSilently
            default: words.isEmpty ? unsafe String(cString: curl_easy_strerror(code)) : words
            }
        return HTTPFailure(
            kind: found, peer: peer, detail: proxy?.removingSecret(from: detail) ?? detail,
            proxy: proxy?.shown)
    }

    private func kind(of code: CURLcode) -> HTTPFailure.Kind {
        // What a proxy said to CONNECT; one that is overloaded or was kept waiting may let the next try through.
        if let answer = number(CURLINFO_HTTP_CONNECTCODE), answer >= 300 {
            return answer < 500 && ![408, 429].contains(answer) ? .proxyRefused : .broken
        }
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: return .nameNotFound
        case CURLE_COULDNT_CONNECT: return .refused
        case CURLE_OPERATION_TIMEDOUT: return .timedOut
        case CURLE_PROXY: return .proxyRefused
        case CURLE_SSL_CONNECT_ERROR:
            // A connection that breaks during the handshake is reported like one that cannot be agreed on.
            let words = unsafe String(cString: message)
            return number(CURLINFO_OS_ERRNO) != 0 || words.contains("SSL_ERROR_SYSCALL") ? .broken : .tls
        case CURLE_PEER_FAILED_VERIFICATION:
            // OpenSSL says what is wrong with the chain; that the name is another one is libcurl's own finding, and the
            // verdict on the chain is then still the one it began with.
            return (number(CURLINFO_SSL_VERIFYRESULT) ?? 0) > 1 ? .untrusted : .wrongName
        case CURLE_SSL_CACERT_BADFILE: return .authoritiesUnusable
        case CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CRL_BADFILE,
            CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_CLIENTCERT, CURLE_SSL_ENGINE_INITFAILED, CURLE_USE_SSL_FAILED:
            return .tls
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT: return .malformed
        // What libcurl says of a header line of more than 100 KB; Linux itself does not run out of memory in this way.
        case CURLE_OUT_OF_MEMORY: return .malformed
        default: return .broken
        }
    }

    /// A fact of the last conversation.
    private func number(_ info: CURLINFO) -> Int? {
        var value = 0
        return unsafe penstock_curl_get_long(easy, info, &value) == CURLE_OK ? value : nil
    }
}

extension Duration {
    /// Whole milliseconds; very long durations are cut to a day.
    var milliseconds: Int {
        let day: Int64 = 86_400
        guard components.seconds < day else { return Int(day) * 1000 }
        return Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}
