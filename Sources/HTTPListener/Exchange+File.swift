import SystemCalls

/// A part of a file on its way into an answer.
struct FileInHand: Sendable {
    let extent: FileExtent
    var sent = 0
    /// Gets true when all of it was given, and false when the client is gone or the file is too short.
    let continuation: CheckedContinuation<Bool, Never>

    var rest: Int { extent.length - sent }
    var isDone: Bool { rest == 0 }
}

extension Exchange {
    // MARK: - The task's side

    /// Sends a part of a file, which the callbacks read by themselves.
    func giveFile(_ extent: FileExtent) async throws(ListenerError) {
        guard extent.length > 0 else { return }
        let failure = state.update { state -> ListenerError.Kind? in
            guard state.isAnswering else { return .clientGone }
            return extent.length <= state.owed ? nil : .answerTooLong
        }
        if let failure { throw ListenerError(failure) }
        let isSent = await withCheckedContinuation { continuation in
            let isTaken = change { state in
                guard state.isAnswering else { return false }
                state.file = FileInHand(extent: extent, continuation: continuation)
                return true
            }
            if !isTaken { continuation.resume(returning: false) }
        }
        guard isSent else { throw ListenerError(state.update { $0.isAnswering } ? .fileTooShort : .clientGone) }
    }

    // MARK: - The connection's side

    /// Reads more of the file into the room, as far as that needs no waiting; false if there is nothing to read.
    func sendFile() -> Bool {
        let found = state.update { state -> (FileInHand, Room)? in
            guard state.hasFileToRead, let file = state.file else { return nil }
            state.isFilling = true
            return (file, state.room)
        }
        guard let (file, room) = found else { return false }
        let buffer = unsafe room.free(file.rest)
        switch unsafe file.extent.readCached(at: file.sent, into: buffer) {
        case .read(let count): didRead(count)
        // The task's jobs and other connections go on meanwhile; this one is suspended, since nothing can be sent.
        case .needsWaiting: readElsewhere(file, room)
        }
        return true
    }

    /// Reads on a thread that may wait for the disk.
    private func readElsewhere(_ file: FileInHand, _ room: Room) {
        Task(executorPreference: daemon.disk) {
            let buffer = unsafe room.free(file.rest)
            self.didRead(unsafe file.extent.read(at: file.sent, into: buffer))
        }
    }

    /// - Parameter count: 0 if the file has ended, or cannot be read.
    private func didRead(_ count: Int) {
        let ended = state.update { state -> FileInHand? in
            state.file?.sent += count
            guard let file = state.file, file.isDone || count == 0 || state.answerEnd != .open else { return nil }
            state.file = nil
            return file
        }
        filled(count)
        if let ended { ended.continuation.resume(returning: ended.isDone) }
    }
}

extension Exchange.State {
    /// True if there is a file to read from, and room for it.
    var hasFileToRead: Bool { file != nil && !isFilling && hasRoom && room.filled == 0 }
}
