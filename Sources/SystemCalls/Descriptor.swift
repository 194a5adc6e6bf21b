import CGlibcShim
import Glibc

/// An open file descriptor, closed when its owner lets go of it.
///
/// Every descriptor is close-on-exec: a write end that leaked into a child would keep its reader waiting for ever.
public struct Descriptor: ~Copyable, Sendable {
    /// The number, for C calls that borrow it.
    public let number: Int32

    /// Takes over an open descriptor.
    public init(owning number: Int32) { self.number = number }

    deinit { _ = Glibc.close(number) }

    /// Closes it now and reports what a write-behind file system has to say.
    public consuming func close() throws(SystemError) {
        let open = number
        discard self
        guard Glibc.close(open) == 0 || errno == EINTR else { throw SystemError(call: "close", number: errno) }
    }

    /// Lets go of it without closing it: whoever gets the number owns it now.
    public consuming func surrender() -> Int32 {
        let open = number
        discard self
        return open
    }

    /// A second descriptor of the same open file.
    public func duplicate() throws(SystemError) -> Descriptor {
        Descriptor(owning: try checked("dup") { fcntl(number, F_DUPFD_CLOEXEC, 3) })
    }

    public var isTerminal: Bool { isatty(number) == 1 }
}

// MARK: - Reading and writing

extension Descriptor {
    /// Appends what is there to `buffer`, up to its free capacity, and answers how much that was.
    ///
    /// 0 is the end of the file. Blocks while nothing is there.
    public func read(into buffer: inout OutputSpan<UInt8>) throws(SystemError) -> Int {
        unsafe try buffer.append { free throws(SystemError) in
            try checked("read") { unsafe Glibc.read(number, free.baseAddress, free.count) }
        }
    }

    /// Like `read(into:)`, at `offset` of a file, without moving its position, and at most `limit` bytes.
    public func read(
        at offset: Int, limit: Int = .max, into buffer: inout OutputSpan<UInt8>
    ) throws(SystemError) -> Int {
        unsafe try buffer.append { free throws(SystemError) in
            try checked("pread") { unsafe pread(number, free.baseAddress, min(free.count, limit), offset) }
        }
    }

    /// Writes all of `bytes`, in as many calls as it takes, and blocks while the other side is slow.
    public func write(_ bytes: Span<UInt8>) throws(SystemError) {
        unsafe try bytes.forEachRest { rest throws(SystemError) in
            try checked("write") { unsafe Glibc.write(number, rest.baseAddress, rest.count) }
        }
    }

    /// Writes all of `bytes` at `offset`.
    public func write(_ bytes: Span<UInt8>, at offset: Int) throws(SystemError) {
        var position = offset
        unsafe try bytes.forEachRest { rest throws(SystemError) in
            let written = try checked("pwrite") { unsafe pwrite(number, rest.baseAddress, rest.count, position) }
            position += written
            return written
        }
    }
}

extension OutputSpan<UInt8> {
    /// Lets `body` write into the free capacity and counts the bytes it says it wrote.
    fileprivate mutating func append(
        _ body: (UnsafeMutableBufferPointer<UInt8>) throws(SystemError) -> Int
    ) throws(SystemError) -> Int {
        var failure: SystemError?
        var appended = 0
        unsafe withUnsafeMutableBufferPointer { buffer, count in
            let free = unsafe UnsafeMutableBufferPointer(rebasing: buffer[count...])
            do throws(SystemError) {
                appended = unsafe try body(free)
                count += appended
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return appended
    }
}

extension Span<UInt8> {
    /// Calls `body` with what is left until nothing is; `body` answers how much it took.
    fileprivate func forEachRest(
        _ body: (UnsafeBufferPointer<UInt8>) throws(SystemError) -> Int
    ) throws(SystemError) {
        var failure: SystemError?
        unsafe withUnsafeBufferPointer { all in
            var done = 0
            do throws(SystemError) {
                while done < all.count {
                    done += unsafe try body(UnsafeBufferPointer(rebasing: all[done...]))
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}

// MARK: - Making sure, locking, sizes

extension Descriptor {
    /// Waits until the file's bytes, and what is needed to find them, are on the disk.
    public func synchronizeData() throws(SystemError) {
        try checked("fdatasync") { fdatasync(number) }
    }

    /// Waits until the file and all its metadata are on the disk; for directories too.
    public func synchronize() throws(SystemError) {
        try checked("fsync") { fsync(number) }
    }

    public enum Lock: Sendable { case shared, exclusive }

    /// Takes an advisory lock of the whole file without waiting; false if somebody else holds one that excludes it.
    public func tryLock(_ lock: Lock) throws(SystemError) -> Bool {
        let operation = (lock == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB
        do throws(SystemError) {
            try checked("flock") { flock(number, operation) }
            return true
        } catch {
            guard error.number == EWOULDBLOCK else { throw error }
            return false
        }
    }

    /// Takes an advisory lock of the whole file, waiting until nobody holds one that excludes it.
    ///
    /// Blocks.
    public func lock(_ lock: Lock) throws(SystemError) {
        try checked("flock") { flock(number, lock == .shared ? LOCK_SH : LOCK_EX) }
    }

    /// Lets go of the lock, even if copies of the descriptor are still open elsewhere.
    public func unlock() { _ = flock(number, LOCK_UN) }

    /// The size of the file, in bytes.
    public func size() throws(SystemError) -> Int {
        var status = stat()
        try checked("fstat") { unsafe fstat(number, &status) }
        return Int(status.st_size)
    }

    /// Cuts or extends the file.
    public func resize(to bytes: Int) throws(SystemError) {
        try checked("ftruncate") { ftruncate(number, bytes) }
    }

    /// How many bytes a pipe or socket holds that can be read at once; 0 where that is not known.
    public var readableBytes: Int { Int(penstock_readable_bytes(number)) }

    /// Asks for a larger pipe buffer; a refusal (the user's limit is reached) changes nothing and is no error.
    ///
    /// A 1 MiB pipe moves about four times what the default 64 KiB does: `docs/development/performance.md`.
    public func enlargePipe(to bytes: Int) { _ = penstock_set_pipe_size(number, Int32(clamping: bytes)) }

    /// How many bytes a pipe can hold; 0 for what is no pipe.
    public var pipeCapacity: Int { max(0, Int(penstock_get_pipe_size(number))) }
}
