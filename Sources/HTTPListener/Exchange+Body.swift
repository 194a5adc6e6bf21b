import SystemCalls

/// Bytes that belong to the library and are there until its callback returns.
@safe struct Piece: @unchecked Sendable {
    // Sendable because it is reached only under the lock of its exchange, while the callback that lent it waits.
    private var rest: UnsafeBufferPointer<UInt8>

    init() { unsafe rest = UnsafeBufferPointer(start: nil, count: 0) }

    @unsafe init(_ start: UnsafePointer<CChar>?, count: Int) {
        let start = unsafe UnsafeRawPointer(start)?.assumingMemoryBound(to: UInt8.self)
        unsafe rest = UnsafeBufferPointer(start: start, count: count)
    }

    var isEmpty: Bool { unsafe rest.isEmpty }
    var count: Int { unsafe rest.count }

    /// Moves as much as fits, and at most `limit`.
    mutating func move(into buffer: inout OutputSpan<UInt8>, limit: Int) {
        let count = min(self.count, buffer.freeCapacity, limit)
        let bytes = unsafe Span(_unsafeElements: UnsafeBufferPointer(rebasing: rest[..<count]))
        buffer.append(copying: bytes)
        unsafe rest = UnsafeBufferPointer(rebasing: rest[count...])
    }
}

extension Exchange {
    // MARK: - The task's side

    /// Reads what is there; false if there is nothing yet.
    func takeBody(into buffer: inout OutputSpan<UInt8>, limit: Int = .max) throws(ListenerError) -> Bool {
        let end = state.update { state -> BodyEnd? in
            guard state.bodyEnd != .broken else { return .broken }
            guard state.piece.isEmpty else {
                state.piece.move(into: &buffer, limit: limit)
                return .good
            }
            return state.bodyEnd == .good ? .good : nil
        }
        guard end != .broken else { throw ListenerError(.clientGone) }
        return end == .good
    }

    /// How many bytes can be read at once.
    var bodyHere: Int { state.update { $0.piece.count } }

    /// Waits until there is something to read, the end included.
    func waitForBody() async {
        await withCheckedContinuation { continuation in
            let hasCome = state.update { state in
                guard state.piece.isEmpty, state.bodyEnd == .open else { return true }
                state.reader = continuation
                return false
            }
            if hasCome { continuation.resume() }
        }
    }

    // MARK: - The connection's side

    /// Lends a piece of the body until the task has read all of it or has an answer; true if it has one.
    func lend(_ piece: Piece) -> Bool {
        wakeReader { $0.piece = piece }
        run { $0.reader != nil || $0.reply != nil }
        return state.update { state in
            state.piece = Piece()
            return state.reply != nil
        }
    }

    /// Says that the whole body has come, and waits for the answer.
    func endBody() {
        wakeReader { $0.bodyEnd = .good }
        run { $0.reply != nil }
    }

    private func wakeReader(_ change: (inout State) -> Void) {
        let reader = state.update { state in
            change(&state)
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }
}
