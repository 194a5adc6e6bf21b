/// Which requests go wrong, and how: rules that are tried in order, and a seed that decides where chance does.
///
/// Whether the n-th request of a rule is hit depends on the seed, the rule's place and n alone, so that a run can be
/// repeated. The file form is in `docs/reference/fault-plan.md`.
public struct ServerFaultPlan: Sendable, Equatable {
    public var seed: UInt64
    public var rules: [Rule]

    public init(seed: UInt64 = 0, rules: [Rule]) {
        self.seed = seed
        self.rules = rules
    }

    /// One way in which some requests go wrong.
    public struct Rule: Sendable, Equatable {
        /// Names of operations as the access log has them; empty for all requests, unknown ones included.
        public var operations: Set<String>
        public var choice: Choice
        /// Nothing is hit before this; counts and times include neither.
        public var after: Bound?
        /// Nothing is hit beyond this.
        public var until: Bound?
        public var fault: ServerFault

        public init(
            _ fault: ServerFault, of operations: Set<String> = [], _ choice: Choice = .rate(1), after: Bound? = nil,
            until: Bound? = nil
        ) {
            self.fault = fault
            self.operations = operations
            self.choice = choice
            self.after = after
            self.until = until
        }
    }

    /// Which of the requests that a rule is about are hit.
    public enum Choice: Sendable, Equatable {
        /// Each with this probability, from 0 to 1.
        case rate(Double)
        /// Those of these numbers; a rule's first request is 1.
        case numbers(Set<Int>)
    }

    /// A moment in the life of a server.
    public enum Bound: Sendable, Equatable {
        /// When the rule has seen so many of its requests.
        case requests(Int)
        /// So long after the server started.
        case time(Duration)
    }
}

/// What happens to a request on purpose.
public enum ServerFault: Sendable, Equatable {
    /// The request is looked at later.
    case delay(Duration)
    /// Its body is read, and its answer sent, no faster than this, in bytes a second.
    case bandwidth(Int)
    /// It is answered 500 `InternalError` or 503 `ServerBusy`, and not done.
    case status(Int, retryAfter: Int?)
    /// Its connection is reset, and it is not done.
    case reset
    /// It is done, and half of the body of its answer is sent.
    case truncate
    /// After half of its body, or of its answer's if it has none, nothing is read or sent for so long.
    case stall(Duration)
    /// It is done, and its connection is closed without an answer.
    case loseAnswer

    /// As the plan's file and the log have it.
    public var name: String {
        switch self {
        case .delay: "delay"
        case .bandwidth: "bandwidth"
        case .status: "status"
        case .reset: "reset"
        case .truncate: "truncate"
        case .stall: "stall"
        case .loseAnswer: "lose-answer"
        }
    }

    static let names = ["delay", "bandwidth", "status", "reset", "truncate", "stall", "lose-answer"]

    /// True for faults that go with others: a request can be late, slow, and then go wrong once.
    var isPace: Bool {
        switch self {
        case .delay, .bandwidth: true
        default: false
        }
    }
}
