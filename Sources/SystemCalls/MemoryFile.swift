import CGlibcShim

/// A file that lives in memory and has no name.
///
/// A child that is handed the descriptor can seek in it and map it like any other file.
public struct MemoryFile: ~Copyable, Sendable {
    public let descriptor: Descriptor

    public init(_ bytes: Span<UInt8>, name: String) throws(SystemError) {
        let file = Descriptor(owning: try checked("memfd_create") { unsafe penstock_memfd(name) })
        try file.write(bytes, at: 0)
        descriptor = file
    }
}
