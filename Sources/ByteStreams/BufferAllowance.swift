import Synchronization

/// Memory that many tasks use for buffers without waiting for one another.
///
/// As long as some is left each gets what it wants; after that, the least it can work with. So a few tasks are fast, and
/// a thousand that stopped in the middle do not hold a thousand large buffers.
public final class BufferAllowance: Sendable {
    private let left: Mutex<Int>

    /// - Parameter bytes: For all that want more than the least.
    public init(bytes: Int) { left = Mutex(bytes) }

    /// Grants `wanted` bytes if they are left, and else `least`, which costs nothing.
    public func take(_ wanted: Int, least: Int) -> BufferGrant {
        guard wanted > least else { return BufferGrant(bytes: wanted, taken: 0, from: self) }
        let isGranted = left.withLock { left in
            guard left >= wanted else { return false }
            left -= wanted
            return true
        }
        return BufferGrant(bytes: isGranted ? wanted : least, taken: isGranted ? wanted : 0, from: self)
    }

    fileprivate func giveBack(_ bytes: Int) { left.withLock { $0 += bytes } }
}

/// How large a buffer may be, until this is let go.
public struct BufferGrant: ~Copyable, Sendable {
    public let bytes: Int
    private let taken: Int
    private let allowance: BufferAllowance

    fileprivate init(bytes: Int, taken: Int, from allowance: BufferAllowance) {
        self.bytes = bytes
        self.taken = taken
        self.allowance = allowance
    }

    deinit { if taken > 0 { allowance.giveBack(taken) } }
}

/// A ``BufferGrant`` that copies share: it is let go with the last of them.
public final class SharedGrant: Sendable {
    private let grant: BufferGrant

    public init(_ grant: consuming BufferGrant) { self.grant = grant }

    public var bytes: Int { grant.bytes }
}
