import CGlibcShim
import Glibc

/// A file that lives in memory and has no name.
///
/// A child that is handed the descriptor can seek in it and map it like any other file.
public struct MemoryFile: ~Copyable, Sendable {
    public let descriptor: Descriptor
    /// True if the system has no such files, and it is one of a file system that has lost its name.
    public let isOnDisk: Bool

    public init(_ bytes: Span<UInt8>, name: String) throws(SystemError) {
        let file = Descriptor(owning: try checked("memfd_create") { unsafe penstock_memfd(name) })
        try file.write(bytes, at: 0)
        descriptor = file
        isOnDisk = false
    }

    /// The same, or a temporary file where the kernel or a filter of system calls does not allow for it.
    ///
    /// - Parameter directory: Where that is made. Its name is gone before anything is written: nobody else can open it, and
    ///   nothing of it stays, however this process ends.
    public init(_ bytes: Span<UInt8>, name: String, orIn directory: String) throws(SystemError) {
        do throws(SystemError) {
            self = try MemoryFile(bytes, name: name)
        } catch {
            guard error.call == "memfd_create", [ENOSYS, EPERM, EACCES].contains(error.number) else { throw error }
            self = try MemoryFile(bytes, onDiskIn: directory)
        }
    }

    init(_ bytes: Span<UInt8>, onDiskIn directory: String) throws(SystemError) {
        let place = try Files.makeTemporaryDirectory(in: directory, prefix: "penstock-")
        let path = place + "/unnamed"
        let file: Descriptor
        do throws(SystemError) {
            file = try Files.open(path, .create)
        } catch {
            try Files.removeDirectory(place)
            throw error
        }
        try Files.remove(path)
        try Files.removeDirectory(place)
        try file.write(bytes, at: 0)
        descriptor = file
        isOnDisk = true
    }
}
