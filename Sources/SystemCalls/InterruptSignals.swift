import CGlibcShim
import Glibc

/// The signals that ask a process to end: SIGINT, SIGTERM and SIGHUP.
public enum InterruptSignals {
    /// Hands each of these signals, and how many there were, to `receive` on a thread of its own.
    ///
    /// Call it once, before any other thread is started: threads inherit that these signals are blocked in them. The main
    /// thread must then not go to `dispatchMain`, as it does at a top-level `await`: that unblocks them again. Writing
    /// to a closed pipe becomes an error of the write from now on, instead of ending the process. A signal that whoever
    /// started this process had ignored, as `nohup` does, stays ignored.
    public static func watch(_ receive: @escaping @Sendable (_ signal: Int32, _ count: Int) -> Void) throws(SystemError)
    {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        for number in heeded { unsafe sigaddset(&signals, number) }
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        _ = signal(SIGPIPE, SIG_IGN)
        guard !heeded.isEmpty else { return }
        let watched = signals
        try Thread.start(name: "signals") {
            var watched = watched
            var count = 0
            while true {
                var number: Int32 = 0
                guard unsafe sigwait(&watched, &number) == 0 else { continue }
                count += 1
                receive(number, count)
            }
        }
    }

    /// Blocking an ignored signal would bring it back: the kernel keeps blocked signals, ignored or not.
    static var heeded: [Int32] { [SIGINT, SIGTERM, SIGHUP].filter { penstock_is_ignored($0) == 0 } }
}
