import SystemCalls

extension ByteSource where Self: ~Copyable {
    /// The next `count` bytes, or fewer if the source ends well before that.
    ///
    /// Holds twice `count` bytes for a moment; nothing beyond them is taken from the source.
    public mutating func piece(of count: Int) async throws -> [UInt8] {
        try await [UInt8].filled(capacity: count) { buffer in
            var ended = false
            while buffer.freeCapacity > 0, !ended {
                let before = buffer.count
                try await read(into: &buffer)
                ended = buffer.count == before
            }
        }
    }

    /// Exactly the next `count` bytes, in memory.
    ///
    /// Throws ``StreamError`` of kind `endedEarly` if the source ends before that. Memory grows with what has arrived,
    /// not with what was promised.
    public mutating func collect(_ count: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let wanted = min(1 << 20, count - bytes.count)
            let next = try await piece(of: wanted)
            bytes += next
            guard next.count == wanted else {
                throw StreamError(kind: .endedEarly(expected: count, received: bytes.count))
            }
        }
        return bytes
    }
    /// Reads exactly the next `count` bytes and forgets them.
    ///
    /// Throws ``StreamError`` of kind `endedEarly` if the source ends before that.
    public mutating func drop(_ count: Int) async throws {
        guard count > 0 else { return }
        let capacity = min(count, 128 << 10)
        _ = try await [UInt8].filled(capacity: capacity) { buffer in
            var rest = count
            while rest > 0 {
                buffer.removeAll()
                // What is occupied cannot be read beyond the end.
                buffer.append(repeating: 0, count: max(0, capacity - rest))
                let before = buffer.count
                try await read(into: &buffer)
                guard buffer.count > before else {
                    throw StreamError(kind: .endedEarly(expected: count, received: count - rest))
                }
                rest -= buffer.count - before
            }
            buffer.removeAll()
        }
    }
}
