import CGlibcShim
import Glibc

/// Threads of our own, for calls that block.
public enum Thread {
    /// Runs `body` on a new thread that nobody joins.
    ///
    /// - Parameter name: At most 15 bytes are shown by the kernel's tools.
    public static func start(name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
        let start = Start(name: name, body: body)
        let context = unsafe Unmanaged.passRetained(start).toOpaque()
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
                _ = unsafe pthread_setname_np(pthread_self(), String(start.name.prefix(15)))
                start.body()
                return nil
            }, context)
        guard status == 0 else {
            unsafe Unmanaged<Start>.fromOpaque(context).release()
            throw SystemError(call: "pthread_create", number: status)
        }
        pthread_detach(thread)
    }

    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
}
