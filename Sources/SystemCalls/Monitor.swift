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
        unsafe pthread_cond_init(condition, nil)
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
}
