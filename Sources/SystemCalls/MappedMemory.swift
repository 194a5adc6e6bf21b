import Glibc

/// Page-aligned memory taken straight from the kernel and given back to it at once when released.
///
/// `malloc` keeps what was freed; a process whose memory is bounded by one number cannot use it for large buffers.
@safe public final class MappedMemory: Sendable {
    // A constant address; who may touch the bytes is decided by the one lease that holds this object.
    nonisolated(unsafe) private let address: UnsafeMutableRawPointer
    public let capacity: Int

    /// - Parameter capacity: In bytes, at least 1.
    public init(capacity: Int) throws(SystemError) {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS
        let mapped = unsafe mmap(nil, capacity, PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else {
            throw SystemError(call: "mmap", number: errno)
        }
        unsafe address = mapped
        self.capacity = capacity
    }

    deinit { unsafe munmap(address, capacity) }

    /// The whole of it as bytes; whoever calls must be the only holder of the lease.
    @unsafe public var bytes: UnsafeMutableBufferPointer<UInt8> {
        unsafe UnsafeMutableBufferPointer(
            start: address.assumingMemoryBound(to: UInt8.self), count: capacity)
    }
}
