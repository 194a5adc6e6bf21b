import CGlibcShim
import Glibc

/// A value behind a lock, with a condition to wait for; for threads of our own, never for Swift's shared pool.
@safe public final class Monitor<Value: Sendable>: @unchecked Sendable {
    // Sendable because every access to `value` is made while `lock` is held.
    private var value: Value
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    public init(_ value: Value) {
        self.value = value
        unsafe lock = .allocate(capacity: 1)
        unsafe lock.initialize(to: pthread_mutex_t())
        unsafe condition = .allocate(capacity: 1)
        unsafe condition.initialize(to: pthread_cond_t())
        unsafe pthread_mutex_init(lock, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(lock)
        unsafe condition.deallocate()
        unsafe lock.deallocate()
    }

    /// Changes the value and wakes those who wait for it.
    public func update<Result>(_ body: (inout Value) -> Result) -> Result {
        unsafe pthread_mutex_lock(lock)
        defer {
            unsafe pthread_cond_broadcast(condition)
            unsafe pthread_mutex_unlock(lock)
        }
        return body(&value)
    }

    /// Changes the value and wakes one of those who wait for it: for changes that are of use to one of them alone.
    public func updateForOne<Result>(_ body: (inout Value) -> Result) -> Result {
        unsafe pthread_mutex_lock(lock)
        defer {
            unsafe pthread_cond_signal(condition)
            unsafe pthread_mutex_unlock(lock)
        }
        return body(&value)
    }

    /// Waits, blocking this thread, until `body` answers something.
    public func wait<Result>(for body: (inout Value) -> Result?) -> Result {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        while true {
            if let result = body(&value) { return result }
            unsafe pthread_cond_wait(condition, lock)
        }
    }

    /// Waits, blocking this thread, until `body` answers something, or as long as `time` says; then `nil`.
    @discardableResult
    public func wait<Result>(atMost time: Duration, for body: (inout Value) -> Result?) -> Result? {
        var end = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &end)
        let (seconds, attoseconds) = time.components
        let nanoseconds = end.tv_nsec + Int(attoseconds / 1_000_000_000)
        end.tv_sec += Int(seconds) + nanoseconds / 1_000_000_000
        end.tv_nsec = nanoseconds % 1_000_000_000
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        while true {
            if let result = body(&value) { return result }
            guard unsafe pthread_cond_timedwait(condition, lock, &end) == 0 else { return body(&value) }
        }
    }
}
