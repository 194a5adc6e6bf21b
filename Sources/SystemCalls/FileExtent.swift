import CGlibcShim
import Glibc

/// A part of an open file whose bytes never change: whoever makes one promises that.
///
/// The file stays readable until the last copy of this is gone, even if its name is removed meanwhile.
public final class FileExtent: Sendable {
    public let descriptor: Descriptor
    /// Where the part begins, in bytes.
    public let offset: Int
    public let length: Int

    public init(_ descriptor: consuming Descriptor, offset: Int, length: Int) {
        precondition(offset >= 0 && length >= 0 && offset <= Int.max - length, "an extent lies within a file")
        self.descriptor = descriptor
        self.offset = offset
        self.length = length
    }

    /// True if the file is long enough.
    public var isWhole: Bool { ((try? descriptor.size()) ?? 0) >= offset + length }

    /// What a read that may not wait found.
    public enum Cached: Sendable, Equatable {
        /// 0 if the file has ended, or cannot be read.
        case read(Int)
        /// The bytes must be fetched from the disk.
        case needsWaiting
    }

    /// Reads from `position` of the part what the kernel has in memory.
    ///
    /// Does not wait for a disk.
    @unsafe public func readCached(at position: Int, into buffer: UnsafeMutableBufferPointer<UInt8>) -> Cached {
        let wanted = min(buffer.count, length - position)
        let count = unsafe penstock_read_cached(
            descriptor.number, buffer.baseAddress, wanted, off_t(offset + position))
        // EAGAIN: not in memory; EOPNOTSUPP: this file system cannot say.
        if count == -1, [EAGAIN, EOPNOTSUPP, EINTR].contains(errno) { return .needsWaiting }
        return .read(max(0, count))
    }

    /// Reads from `position` of the part; 0 if the file has ended, or cannot be read.
    ///
    /// Blocks.
    @unsafe public func read(at position: Int, into buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        let wanted = min(buffer.count, length - position)
        let count = try? checked("pread") {
            unsafe pread(descriptor.number, buffer.baseAddress, wanted, off_t(offset + position))
        }
        return count ?? 0
    }

    /// Appends what is at `position` of the part, up to the free capacity; 0 if the file has ended.
    ///
    /// Blocks.
    @concurrent public func read(
        at position: Int, into buffer: inout OutputSpan<UInt8>
    ) async throws(SystemError) -> Int {
        try descriptor.read(at: offset + position, limit: length - position, into: &buffer)
    }
}
