/// What a restore did.
public struct RestoreReport: Sendable, Equatable {
    public struct Part: Sendable, Equatable {
        /// A database of the target, `roles` or `tablespaces`.
        public let name: String
        /// Of the blob, as far as it was read, in bytes.
        public let bytes: Int
        /// Errors that were reported and passed over; the first of them are in `messages`.
        public let errors: Int
        public let messages: [String]
        /// True if it was restored by the run that was interrupted.
        public var isFromBefore = false
    }

    public internal(set) var parts: [Part] = []

    /// True if everything was restored without an error that matters.
    public var isComplete: Bool { parts.allSatisfy { $0.errors == 0 } }
}
