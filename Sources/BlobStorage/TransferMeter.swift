import Synchronization

/// Counts what a transfer has done, for progress and for the summary at the end.
public final class TransferMeter: Sendable {
    public struct Reading: Sendable, Equatable {
        /// Bytes acknowledged by the store, or delivered to the reader.
        public var bytes = 0
        public var blocks = 0
        public var retries = 0
    }

    private let state = Mutex(Reading())

    public init() {}

    public var reading: Reading { state.withLock { $0 } }

    public func addBlock(of bytes: Int) {
        state.withLock { state in
            state.bytes += bytes
            state.blocks += 1
        }
    }

    public func addRetry() { state.withLock { $0.retries += 1 } }
}
