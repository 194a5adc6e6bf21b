import SystemCalls

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
        let (taken, failure) = change { state -> (Int, ListenerError.Kind?) in
            guard state.isAnswering else { return (0, .clientGone) }
            guard bytes.count <= state.owed else { return (0, .answerTooLong) }
            guard state.hasRoom else { return (0, nil) }
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
        let left = await waitForRoom()
        let passing = if let gate, left > 0 { try await gate(left) } else { Int.max }
        let (room, owed) = try await claimRoom()
        let buffer = unsafe room.free(min(passing, owed))
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

    /// Waits for room, and keeps the connection from taking it back until `filled` is called.
    private func claimRoom() async throws(ListenerError) -> (room: Room, owed: Int) {
        while true {
            // What was in the room before may have been sent, and the room with it.
            await waitForRoom()
            let claimed = state.update { state -> Result<(Room, Int), ListenerError>? in
                guard state.isAnswering else { return .failure(ListenerError(.clientGone)) }
                guard state.owed > 0 else { return .failure(ListenerError(.answerTooLong)) }
                guard state.hasRoom else { return nil }
                state.isFilling = true
                return .success((state.room, state.owed))
            }
            if let claimed { return try claimed.get() }
        }
    }

    /// Ends what `isFilling` began.
    func filled(_ count: Int) {
        let releaser = change { state in
            state.isFilling = false
            state.room.skip(count)
            state.sent += count
            guard let releaser = state.releaser else { return CheckedContinuation<Void, Never>?.none }
            state.releaser = nil
            state.resume()
            return releaser
        }
        releaser?.resume()
    }

    /// Waits until there is room for more of the answer, or the library wants no more, and answers how much there is.
    @discardableResult
    func waitForRoom() async -> Int {
        await withCheckedContinuation { continuation in
            let hasRoom = change { state in
                guard !state.hasRoom, state.isAnswering else { return true }
                state.writer = continuation
                return false
            }
            if hasRoom { continuation.resume() }
        }
        return state.update { $0.hasRoom ? $0.room.left : 0 }
    }

    // MARK: - The connection's side

    enum Filled { case bytes(Int), suspended, end, broken }

    /// Lends room until the task has filled it, or waits elsewhere with some of it filled, or has ended.
    func fill(_ room: Room, _ connection: Connection) -> Filled {
        let (writer, isSame) = state.update { state in
            state.side = .called
            // After it was suspended the library asks again with the same room, which may hold something by now.
            let isSame = state.room.filled == 0 || state.room.isSame(as: room)
            if state.room.filled == 0 { state.room = room }
            defer { state.writer = nil }
            return (state.writer, isSame)
        }
        guard isSame else { return .broken }
        writer?.resume()
        while true {
            switch settle(at: .answer, connection) {
            case .suspended: return .suspended
            case .over: return .broken
            case .ready: if !sendFile() { return handOver() }
            }
        }
    }

    private func handOver() -> Filled {
        let filled = state.update { state -> Filled in
            let filled = state.room.filled
            state.room = Room()
            guard filled == 0 else { return .bytes(filled) }
            return state.answerEnd == .good && !state.isShort ? .end : .broken
        }
        if case .bytes = filled { leave(.expecting) }
        return filled
    }
}

extension Exchange.State {
    /// True as long as somebody may still get what is written.
    var isAnswering: Bool { answerEnd == .open && phase != .over }

    /// True if there is room, and the library does not take it back at this moment.
    var hasRoom: Bool {
        switch side {
        case .called, .suspended: !room.isFull
        case .expecting, .resumed, .gone: false
        }
    }

    /// True if what is in the room may go out: nobody is writing there, and it is not the last of the answer.
    ///
    /// If as many bytes as promised were given the library will not ask again, so the task is run to its end first.
    var canBeSent: Bool { !isFilling && owed > 0 && room.filled > 0 }

    /// How many bytes may still be given.
    var owed: Int { promised.map { $0 - sent } ?? .max }

    /// True if fewer bytes than promised were given.
    fileprivate var isShort: Bool { promised.map { sent < $0 } ?? false }

    private var promised: Int? {
        guard case .stream(let length, _) = reply?.body else { return nil }
        return length
    }
}
