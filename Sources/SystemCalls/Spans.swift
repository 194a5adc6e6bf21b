// What the standard library's spans cannot do yet, kept where unsafe code may live.

extension OutputSpan<UInt8> {
    /// Appends a copy of `bytes`, which must fit in the free capacity.
    public mutating func append(copying bytes: Span<UInt8>) {
        precondition(bytes.count <= freeCapacity, "the bytes do not fit in the span")
        unsafe withUnsafeMutableBufferPointer { buffer, count in
            unsafe bytes.withUnsafeBufferPointer { source in
                guard let start = source.baseAddress, let end = buffer.baseAddress else { return }
                unsafe (end + count).initialize(from: start, count: source.count)
                count += source.count
            }
        }
    }
}

extension [UInt8] {
    /// A copy of `bytes`.
    public init(copying bytes: Span<UInt8>) {
        self = unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }
    }

    /// Appends a copy of `bytes`.
    public mutating func append(copying bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// An array of what `body` appends to an empty buffer with room for `capacity` bytes, at once.
    public init<Failure: Error>(
        filling capacity: Int, _ body: (inout OutputSpan<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        var failure: Failure?
        self = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            var span = unsafe OutputSpan(buffer: buffer, initializedCount: 0)
            do throws(Failure) { try body(&span) } catch { failure = error }
            count = unsafe span.finalize(for: buffer)
        }
        if let failure { throw failure }
    }

    /// An array of what `body` appends to an empty buffer with room for `capacity` bytes.
    public static func filled(
        capacity: Int, _ body: (inout OutputSpan<UInt8>) async throws -> Void
    ) async throws -> [UInt8] {
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: capacity)
        defer { unsafe buffer.deallocate() }
        var span = unsafe OutputSpan(buffer: buffer, initializedCount: 0)
        do {
            try await body(&span)
        } catch {
            _ = unsafe span.finalize(for: buffer)
            throw error
        }
        let count = unsafe span.finalize(for: buffer)
        return unsafe Array(buffer[..<count])
    }
}
