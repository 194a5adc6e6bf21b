import BlobStorage
import ByteStreams
import FoundationEssentials
import LocalIndex
import SystemCalls

extension DirectoryStore {
    /// The most and the least that is held of a source at once, in bytes.
    private static let most = 256 << 10
    private static let least = 16 << 10

    func stage(_ bytes: Span<UInt8>, as id: BlockID, of blob: BlobName) async throws {
        try await prepareStage(bytes.count, id, blob)
        do {
            let piece = try await newPiece(bytes)
            try await stage(piece, as: id, of: blob)
        } catch {
            throw account.explanation(of: error, subject(blob))
        }
    }

    func stage(
        _ source: inout some ByteSource & ~Copyable, length: Int, as id: BlockID, of blob: BlobName
    ) async throws {
        try await stage(&source, length: length, as: id, of: blob, lease: { .ignored })
    }

    /// - Parameter lease: The rule at the moment it is asked for.
    func stage(
        _ source: inout some ByteSource & ~Copyable, length: Int, as id: BlockID, of blob: BlobName,
        lease: () -> LeaseRule
    ) async throws {
        try await prepareStage(length, id, blob, lease())
        do {
            let piece = try await newPiece(&source, length)
            try await stage(piece, as: id, of: blob, lease())
        } catch {
            throw account.explanation(of: error, subject(blob))
        }
    }

    func put(
        _ bytes: Span<UInt8>, to blob: BlobName, attributes: BlobAttributes, if condition: AccessCondition
    ) async throws -> WrittenBlob {
        let request = request(blob, attributes, condition)
        try await preparePut(bytes.count, request)
        do {
            let piece = bytes.isEmpty ? nil : try await newPiece(bytes)
            return try await put(piece, request)
        } catch {
            throw account.explanation(of: error, subject(blob))
        }
    }

    func put(
        _ source: inout some ByteSource & ~Copyable, length: Int, to blob: BlobName, attributes: BlobAttributes,
        if condition: AccessCondition
    ) async throws -> WrittenBlob {
        let request = request(blob, attributes, condition)
        try await preparePut(length, request)
        do {
            let piece = length == 0 ? nil : try await newPiece(&source, length)
            return try await put(piece, request)
        } catch {
            throw account.explanation(of: error, subject(blob))
        }
    }

    // MARK: - Before the bytes

    /// Refuses early what the index would refuse late; small bodies are cheaper than the question.
    private func prepareStage(
        _ size: Int, _ id: BlockID, _ blob: BlobName, _ lease: LeaseRule = .ignored
    ) async throws {
        if let refusal = account.limits.refusal(ofBlock: size) {
            throw BlobStoreError(refusal, subject: subject(blob))
        }
        try Task.checkCancellation()
        await account.awaitSpace()
        guard size > DirectoryAccount.inlineLimit else { return }
        let limit = account.limits.uncommittedBlocks
        try await account.read(subject(blob)) { [container] connection in
            _ = try connection.checkStage(id, of: blob, in: container, limit: limit, lease: lease)
        }
    }

    private func preparePut(_ size: Int, _ request: WriteRequest) async throws {
        if let refusal = account.limits.refusal(ofPut: size) { throw request.error(refusal) }
        try Task.checkCancellation()
        await account.awaitSpace()
        if size > DirectoryAccount.inlineLimit { try await checkReplace(request) }
    }

    func prepare(_ copy: WriteRequest) async throws {
        try Task.checkCancellation()
        await account.awaitSpace()
        try await checkReplace(copy)
    }

    private func checkReplace(_ request: WriteRequest) async throws {
        try await account.read(subject(request.blob)) { connection in
            let number = try connection.number(of: request.container)
            let (row, state) = (
                try connection.blob(request.blob, in: number), try connection.revision(request.blob, in: number)
            )
            if let refusal = request.refusalToReplace(row, state) { throw request.error(refusal) }
        }
    }

    // MARK: - The bytes

    private func newPiece(_ bytes: Span<UInt8>) async throws -> Piece {
        let number = try await account.newNumber()
        let size = bytes.count
        guard size > DirectoryAccount.inlineLimit else {
            return Piece(number: number, size: size, content: [UInt8](copying: bytes))
        }
        do {
            try await withTaskExecutorPreference(account.threads) {
                try await Self.write(bytes, to: number, account.files)
            }
        } catch {
            await abandon(number)
            throw error
        }
        return Piece(number: number, size: size, content: nil)
    }

    @concurrent private static func write(_ bytes: Span<UInt8>, to number: Int, _ files: PieceFiles) async throws {
        let file = try files.create(number)
        try file.descriptor.write(bytes, at: 0)
        try files.synchronize(file)
    }

    func newPiece(_ source: inout some ByteSource & ~Copyable, _ length: Int) async throws -> Piece {
        guard length > DirectoryAccount.inlineLimit else {
            let content = try await source.collect(length)
            return Piece(number: try await account.newNumber(), size: length, content: content)
        }
        let number = try await account.newNumber()
        do {
            try await copy(&source, length, to: number)
        } catch {
            await abandon(number)
            throw error
        }
        return Piece(number: number, size: length, content: nil)
    }

    private func copy(_ source: inout some ByteSource & ~Copyable, _ length: Int, to number: Int) async throws {
        let files = account.files
        let file = try await account.threads.run { try files.create(number) }
        let grant = account.buffers.take(min(Self.most, length), least: Self.least)
        _ = try await [UInt8].filled(capacity: grant.bytes) { buffer in
            var position = 0
            while position < length {
                // What is occupied cannot be read: nothing beyond the end is taken from the source.
                let occupied = max(0, grant.bytes - (length - position))
                buffer.append(repeating: 0, count: occupied)
                let count = try await source.fill(&buffer)
                guard count > 0 else { throw StreamError(kind: .endedEarly(expected: length, received: position)) }
                try Task.checkCancellation()
                try await withTaskExecutorPreference(account.threads) {
                    try await Self.write(buffer.span.extracting(occupied...), at: position, of: file)
                }
                position += count
                buffer.removeAll()
            }
        }
        try await account.threads.run { try files.synchronize(file) }
    }

    @concurrent private static func write(
        _ bytes: Span<UInt8>, at position: Int, of file: PieceFiles.New
    ) async throws {
        try file.descriptor.write(bytes, at: position)
    }

    // MARK: - Behind the bytes

    private func stage(
        _ piece: Piece, as id: BlockID, of blob: BlobName, _ lease: LeaseRule = .ignored
    ) async throws {
        let container = container
        let now = account.clock()
        let limit = account.limits.uncommittedBlocks
        let garbage = try await record(piece) {
            try $0.stage(piece, as: id, of: blob, in: container, limit: limit, now: now, lease: lease)
        }
        account.discard(garbage)
    }

    func put(_ piece: Piece?, _ request: WriteRequest) async throws -> WrittenBlob {
        var current = request
        current.now = account.clock()
        if current.service.copy?.status == .success { current.service.copy?.completed = current.now }
        let outcome = try await record(piece) { [current] in try $0.put(piece, current) }
        account.discard(outcome.garbage)
        return outcome.written
    }

    /// Makes a piece known, or removes it.
    func record<Result: Sendable>(
        _ piece: Piece?, _ body: @escaping @Sendable (inout IndexConnection) throws -> Result
    ) async throws -> Result {
        do {
            let result = try await account.writer.write(body)
            account.files.probe(.recorded)
            if let piece { account.settle(piece.number) }
            return result
        } catch {
            // Where a failed commit leaves open what is on the disk, the file stays until the directory is opened again.
            let unknown = (error as? IndexError)?.leavesOutcomeOpen ?? false
            if let piece, !unknown { await abandon(piece.number) }
            throw error
        }
    }

    private func abandon(_ number: Int) async {
        let files = account.files
        // The space is needed now; that nothing is left is sure only later.
        await account.threads.run { _ = try? files.remove(number) }
        account.cleaner.abandon(number)
    }
}

extension ByteSource where Self: ~Copyable {
    /// Appends until the buffer is full or the source has ended, and answers how much that was.
    fileprivate mutating func fill(_ buffer: inout OutputSpan<UInt8>) async throws -> Int {
        let start = buffer.count
        while buffer.freeCapacity > 0 {
            let before = buffer.count
            try await read(into: &buffer)
            guard buffer.count > before else { break }
        }
        return buffer.count - start
    }
}
