public import BlobStorage
public import HTTPMessages

/// What a fault does to one call of a store.
public enum Fault: Sendable, Hashable {
    /// The call fails and nothing was done.
    case before
    /// The call was done, and its answer was lost.
    case answerLost
    /// The task that made the call is cancelled while it waits.
    case cancelled
    /// The task that made the call is cancelled, and the call does not notice.
    case cancelledUnnoticed
    /// The store says so and has done nothing.
    case refused(BlobStoreError.Kind, retryAfter: Duration? = nil)
    /// The store says so although it has done the work.
    case doneNonetheless(BlobStoreError.Kind)
    /// No connection comes about: nothing was done.
    case noConnection
    /// Something in between refuses for good, so that no byte of the request leaves.
    case notSent(HTTPFailure.Kind)
    /// The connection breaks or falls silent; half of a body may have come, and nothing was done.
    case connectionLost(timedOut: Bool)
    /// A read gives fewer bytes than the blob has there.
    case shortBody
    /// A read gives a wrong byte.
    case damagedBody

    /// One for each moment at which a call can fail.
    public static let moments: [Fault] = [.before, .answerLost, .cancelled]

    /// Those after which the same call, made again, is answered well.
    public static let passing: [Fault] = [
        .before, .answerLost, .refused(.busy), .refused(.busy, retryAfter: .seconds(7)), .refused(.serverFailure),
        .refused(.unreachable), .refused(.digestMismatch), .doneNonetheless(.serverFailure), .noConnection,
        .connectionLost(timedOut: false), .connectionLost(timedOut: true),
    ]

    /// Those that no repetition mends.
    public static let lasting: [Fault] = BlobStoreError.Kind.allCases
        .filter { !BlobStoreError($0, subject: "").isTransient }.map { .refused($0) }

    /// Those of an answer that says all is well.
    public static let silentDamage: [Fault] = [.shortBody, .damagedBody]
}

/// One call of a store, as a plan of faults sees it.
public struct StoreCall: Sendable, Hashable {
    public enum Operation: String, Sendable, CaseIterable {
        case stage, commit, put, blockList, read, properties, delete, list, containerProperties
    }

    /// How many calls came before it.
    public let index: Int
    public let operation: Operation
    /// Which block or range it is about; empty where there is neither.
    public let key: String
    /// How many calls with that operation and key came before it.
    public let tries: Int
}
