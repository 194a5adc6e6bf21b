import CGlibcShim

/// The two ends of a pipe, both close-on-exec.
public struct Pipe: ~Copyable, Sendable {
    public let reading: Descriptor
    public let writing: Descriptor

    public init() throws(SystemError) {
        var numbers: [Int32] = [-1, -1]
        try checked("pipe2") { unsafe penstock_pipe_cloexec(&numbers) }
        reading = Descriptor(owning: numbers[0])
        writing = Descriptor(owning: numbers[1])
    }

    /// Gives both ends away.
    public consuming func split() -> Ends { Ends(reading: reading, writing: writing) }

    public struct Ends: ~Copyable, Sendable {
        public var reading: Descriptor?
        public var writing: Descriptor?
    }
}
