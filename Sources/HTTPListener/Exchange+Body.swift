import SystemCalls

/// Bytes that belong to the library and are there until its callback returns.
@safe struct Piece {
    private var rest: UnsafeBufferPointer<UInt8>

    @unsafe init(_ start: UnsafePointer<CChar>?, count: Int) {
        let start = unsafe UnsafeRawPointer(start)?.assumingMemoryBound(to: UInt8.self)
        unsafe rest = UnsafeBufferPointer(start: start, count: count)
    }

    var isEmpty: Bool { unsafe rest.isEmpty }
    var count: Int { unsafe rest.count }

    /// Moves as much as fits, and answers how much that was.
    mutating func move(into room: inout Room) -> Int {
        let bytes = unsafe Span(_unsafeElements: rest)
        let count = room.fill(bytes)
        unsafe rest = UnsafeBufferPointer(rebasing: rest[count...])
        return count
    }

    mutating func drop() { unsafe rest = UnsafeBufferPointer(rebasing: rest[rest.count...]) }
}

extension Exchange {
    /// Somebody who waits for bytes of the body, with the room where they shall go.
    ///
    /// The room is that of an `inout` parameter of the function that waits, so it stays where it is.
    struct Reader: Sendable {
        let continuation: CheckedContinuation<Received, Never>
        /// Without capacity for one who only wants to know how much there is.
        var room: Room
    }

    /// What a reader gets: bytes in its room, or their number if it has no room; none is the good end.
    enum Received: Sendable, Equatable { case bytes(Int), broken }

    // MARK: - The task's side

    /// Appends what comes next, at most `limit` bytes; nothing at the good end.
    func receive(into buffer: inout OutputSpan<UInt8>, limit: Int) async throws(ListenerError) {
        let room = unsafe buffer.withUnsafeMutableBufferPointer { all, count in
            unsafe Room(all.baseAddress.map { unsafe $0 + count }, capacity: min(limit, all.count - count))
        }
        let count = try await received(into: room)
        unsafe buffer.withUnsafeMutableBufferPointer { _, filled in filled += count }
    }

    /// Waits until there is something to read, and answers how much; 0 at the good end.
    func waitForBody() async throws(ListenerError) -> Int { try await received(into: Room()) }

    private func received(into room: Room) async throws(ListenerError) -> Int {
        let received = await withCheckedContinuation { continuation in
            let now = change { state -> Received? in
                switch state.bodyEnd {
                case .good: return .bytes(0)
                case .broken: return .broken
                case .open:
                    state.reader = Reader(continuation: continuation, room: room)
                    return nil
                }
            }
            if let now { continuation.resume(returning: now) }
        }
        guard case .bytes(let count) = received else { throw ListenerError(.clientGone) }
        return count
    }

    // MARK: - The connection's side

    /// Gives the piece to the reader who waits, if there is one.
    func deliver(_ piece: inout Piece) {
        let reader = state.update { state in
            defer { state.reader = nil }
            return state.reader
        }
        guard var reader else { return }
        let count: Int
        if reader.room.capacity == 0 {
            count = piece.count
        } else {
            count = piece.move(into: &reader.room)
            state.update { $0.received += count }
        }
        reader.continuation.resume(returning: .bytes(count))
    }

    /// Says that the whole body has come.
    func endBody() {
        let reader = state.update { state in
            if state.bodyEnd == .open { state.bodyEnd = .good }
            defer { state.reader = nil }
            return state.reader
        }
        reader?.continuation.resume(returning: .bytes(0))
    }
}
