import SystemCalls

/// Room that belongs to the library and is there until its callback returns.
@safe struct Room: @unchecked Sendable {
    // Sendable because it is reached only under the lock of its exchange, while the callback that lent it waits.
    private let start: UnsafeMutablePointer<UInt8>?
    private let capacity: Int
    private(set) var filled = 0

    init() {
        unsafe start = nil
        capacity = 0
    }

    @unsafe init(_ start: UnsafeMutablePointer<CChar>?, capacity: Int) {
        unsafe self.start = unsafe UnsafeMutableRawPointer(start)?.assumingMemoryBound(to: UInt8.self)
        self.capacity = capacity
    }

    var isFull: Bool { filled == capacity }

    var left: Int { capacity - filled }

    /// What is not filled yet, up to `limit`; whoever writes there says so by `skip`.
    @unsafe func free(_ limit: Int) -> UnsafeMutableBufferPointer<UInt8> {
        let buffer = unsafe UnsafeMutableBufferPointer(start: start, count: capacity)
        return unsafe UnsafeMutableBufferPointer(rebasing: buffer[filled...].prefix(limit))
    }

    mutating func skip(_ count: Int) { filled += count }

    /// Copies as much as fits, and answers how much that was.
    mutating func fill(_ bytes: Span<UInt8>) -> Int {
        let count = min(bytes.count, capacity - filled)
        unsafe bytes.withUnsafeBufferPointer { source in
            guard let target = unsafe start, let from = source.baseAddress else { return }
            unsafe (target + filled).initialize(from: from, count: count)
        }
        filled += count
        return count
    }
}

extension Exchange {
    // MARK: - The task's side

    /// Writes the body of the answer once the library asks for it.
    func answer(with write: @Sendable (inout ReplyWriter) async throws -> Void) async {
        await waitForRoom()
        var writer = ReplyWriter(of: self)
        let end: AnswerEnd
        do {
            try await write(&writer)
            end = .good
        } catch {
            end = .broken
        }
        state.update { if $0.answerEnd == .open { $0.answerEnd = end } }
    }

    /// Copies what fits into the room that is there, which may be none, and answers how much that was.
    func giveAnswer(_ bytes: Span<UInt8>) throws(ListenerError) -> Int {
        let (taken, failure) = state.update { state -> (Int, ListenerError.Kind?) in
            guard state.answerEnd == .open, state.phase != .over else { return (0, .clientGone) }
            if case .stream(.some(let length), _) = state.reply?.body, bytes.count > length - state.sent {
                return (0, .answerTooLong)
            }
            let taken = state.room.fill(bytes)
            state.sent += taken
            return (taken, nil)
        }
        if let failure { throw ListenerError(failure) }
        return taken
    }

    /// Lets `body` append to the room that is there, or to what `gate` lets it have of that, waiting until there is some.
    func fillAnswer<Result>(
        through gate: ByteGate?, _ body: (inout OutputSpan<UInt8>) async throws -> Result
    ) async throws -> Result {
        await waitForRoom()
        let passing = if let gate { try await passing(gate) } else { Int.max }
        // What was in the room may have been sent while the gate was closed.
        if gate != nil { await waitForRoom() }
        let room = state.update { state -> Room? in
            guard state.answerEnd == .open, state.phase != .over, !state.room.isFull else { return nil }
            state.isFilling = true
            return state.room
        }
        guard let room else { throw ListenerError(.clientGone) }
        let buffer = unsafe room.free(passing)
        var span = unsafe OutputSpan(buffer: buffer, initializedCount: 0)
        do {
            let result = try await body(&span)
            filled(unsafe span.finalize(for: buffer))
            return result
        } catch {
            filled(unsafe span.finalize(for: buffer))
            throw error
        }
    }

    private func passing(_ gate: ByteGate) async throws -> Int {
        let room = state.update { $0.room.left }
        guard room > 0 else { return 0 }
        return try await gate(room)
    }

    private func filled(_ count: Int) {
        state.update { state in
            state.isFilling = false
            state.room.skip(count)
            state.sent += count
        }
    }

    /// Waits until the library has room for more of the answer, or wants no more.
    func waitForRoom() async {
        await withCheckedContinuation { continuation in
            let hasRoom = state.update { state in
                guard state.room.isFull, state.answerEnd == .open, state.phase != .over else { return true }
                state.writer = continuation
                return false
            }
            if hasRoom { continuation.resume() }
        }
    }

    // MARK: - The connection's side

    /// Lends room until the task has filled it, or waits elsewhere with some of it filled, or has ended.
    ///
    /// Answers how much was filled: 0 after the last byte, `nil` if the answer broke off.
    func fill(_ room: Room) -> Int? {
        let writer = state.update { state in
            state.room = room
            defer { state.writer = nil }
            return state.writer
        }
        writer?.resume()
        run { $0.taskEnded || $0.canBeSent }
        return state.update { state in
            let filled = state.room.filled
            state.room = Room()
            guard filled == 0 else { return filled }
            return state.answerEnd == .good && !state.isShort ? 0 : nil
        }
    }
}

extension Exchange.State {
    /// True if what is in the room may go out: nobody is writing there, and it is not the last of the answer.
    fileprivate var canBeSent: Bool { !isFilling && !hasAllOfAnswer && (writer != nil || room.filled > 0) }

    /// True if as many bytes as promised were given: the library will not ask again, so the task is run to its end.
    fileprivate var hasAllOfAnswer: Bool {
        promised.map { $0 == sent } ?? false
    }

    /// True if fewer bytes than promised were given.
    fileprivate var isShort: Bool { promised.map { sent < $0 } ?? false }

    private var promised: Int? {
        guard case .stream(let length, _) = reply?.body else { return nil }
        return length
    }
}
