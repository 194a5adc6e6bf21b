import CMicroHTTPD

/// A connection of the library's, for the calls that may come from other threads.
@safe struct Connection: @unchecked Sendable {
    // Sendable because the library allows a suspended connection to be resumed from anywhere, and the lock of the
    // exchange sees to it that this is done once for each time it was suspended.
    private let pointer: OpaquePointer

    @unsafe init(_ pointer: OpaquePointer) { unsafe self.pointer = pointer }

    /// Only in a callback about this connection.
    func suspend() { unsafe MHD_suspend_connection(pointer) }

    func resume() { unsafe MHD_resume_connection(pointer) }
}
