import ByteStreams
import CMicroHTTPD
import Diagnostics
import Glibc
import HTTPMessages
import Synchronization
import SystemCalls

/// The library's server and the exchanges under way.
@safe final class Daemon: @unchecked Sendable {
    // Sendable because the variables are written once, before anybody else has this object.
    private var daemon: OpaquePointer?
    let address: ListenerAddress
    let limits: ListenerLimits
    let scheme: HTTPURL.Scheme
    let handler: ListenerHandler
    /// Runs what no connection can be made to run at the moment.
    let workers = ThreadPool(name: "listener", width: Processors.count)
    /// Reads files that the kernel does not have in memory.
    let disk = ThreadPool(name: "listener-disk", width: 4)
    /// Room for answers that are being written.
    let answers = BufferAllowance(bytes: 16 << 20)
    let sockets = OpenSockets()
    private let acceptor: Acceptor
    private let watch: Task<Void, Never>
    private var accepting: Task<Void, Never>?
    private let state = Mutex(State())

    private struct State {
        var exchanges: [ObjectIdentifier: Exchange] = [:]
        var isDraining = false
        /// True once nobody may wait any more: connections are closed where they would be suspended.
        var isEnding = false
        var isOutOfTime = false
        var idle: CheckedContinuation<Void, Never>?
    }

    init(
        socket: consuming ListeningSocket, limits: ListenerLimits, identity: TLSIdentity?,
        handler: @escaping ListenerHandler
    ) throws {
        address = socket.address
        self.limits = limits
        scheme = identity == nil ? .http : .https
        self.handler = handler
        unsafe daemon = nil
        acceptor = try Acceptor(socket.descriptor, counting: sockets, limit: limits.connections)
        watch = Task { [sockets] in await sockets.watch(endingWaits: limits.idle + limits.headTime) }
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        let threads = limits.threads ?? Processors.count * 2
        unsafe Self.withText(of: identity) { certificate, key in
            unsafe daemon = penstock_mhd_start(
                context, Callbacks.handle, Callbacks.begin, Callbacks.complete, Callbacks.connection, UInt32(threads),
                // The acceptor keeps the limit; the library divides its own among the threads.
                UInt32(clamping: limits.connections * threads), UInt32(clamping: limits.idle.components.seconds),
                max(limits.buffer, limits.head * 2), certificate, key)
        }
        guard unsafe daemon != nil else {
            watch.cancel()
            throw ListenerError(identity == nil ? .cannotStart : .identityRefused)
        }
        let thread = ThreadPool(name: "listener-accept", width: 1)
        accepting = Task { await thread.run { self.acceptor.run { unsafe penstock_mhd_add(self.daemon, $0) != 0 } } }
    }

    /// Hands over certificate and key as the library wants them, which copies neither but reads both at once.
    private static func withText(
        of identity: TLSIdentity?, _ body: (UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> Void
    ) {
        guard let identity else { return body(nil, nil) }
        identity.key.reveal { key in
            unsafe (identity.certificate + [0]).withUnsafeBytes { certificate in
                unsafe (key + [0]).withUnsafeBytes { key in
                    unsafe body(
                        certificate.assumingMemoryBound(to: CChar.self).baseAddress,
                        key.assumingMemoryBound(to: CChar.self).baseAddress)
                }
            }
        }
    }

    /// True once the listener is to stop: connections are closed with their answer.
    var isDraining: Bool { state.withLock { $0.isDraining } }

    func add(_ exchange: Exchange) {
        let isEnding = state.withLock { state in
            state.exchanges[ObjectIdentifier(exchange)] = exchange
            return state.isEnding
        }
        if isEnding { exchange.state.update { $0.isEnding = true } }
    }

    /// Forgets an exchange of which nothing is left.
    func remove(_ exchange: Exchange) {
        let idle = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.exchanges[ObjectIdentifier(exchange)] = nil
            guard state.exchanges.isEmpty else { return nil }
            defer { state.idle = nil }
            return state.idle
        }
        idle?.resume()
    }

    /// Stops listening, lets requests under way end or cancels them, and waits for every thread and task.
    func stop() async {
        state.withLock { $0.isDraining = true }
        acceptor.stop()
        await accepting?.value
        await withTaskGroup { group in
            group.addTask { await self.waitUntilIdle() }
            group.addTask {
                do { try await Task.sleep(for: self.limits.drain) } catch { return }
                self.runOutOfTime()
            }
            await group.next()
            group.cancelAll()
        }
        // The library must not be stopped while a connection is suspended, and does not say how to know.
        for exchange in beginEnding() { await exchange.release() }
        // Joining threads blocks.
        await ThreadPool(name: "listener-stop", width: 1).run { unsafe MHD_stop_daemon(self.daemon) }
        watch.cancel()
        await watch.value
        await waitUntilIdle()
    }

    /// Waits until there are no exchanges, or the time to wait for them is over.
    private func waitUntilIdle() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                guard !state.exchanges.isEmpty, !state.isOutOfTime else { return true }
                state.idle = continuation
                return false
            }
            if isIdle { continuation.resume() }
        }
    }

    private func runOutOfTime() {
        let idle = state.withLock { state in
            state.isOutOfTime = true
            defer { state.idle = nil }
            return state.idle
        }
        idle?.resume()
    }

    /// Those who are under way; whoever comes later is told that it is too late.
    private func beginEnding() -> [Exchange] {
        state.withLock { state in
            state.isEnding = true
            state.isOutOfTime = false
            return Array(state.exchanges.values)
        }
    }
}
