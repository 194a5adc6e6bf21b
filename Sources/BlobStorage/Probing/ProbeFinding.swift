/// What was tried at a location.
public enum Probe: String, Sendable, CaseIterable {
    /// Something answers there.
    case reach
    /// This machine's clock agrees with the service's.
    case clock
    case authentication
    case container
    case list
    case write
    /// A second create-only write is refused.
    case createOnly = "create-only"
    case read
    case tier
    case delete
}

/// What a probe has found.
public struct ProbeFinding: Sendable, Equatable {
    /// How bad it is, the worst first.
    public enum Severity: String, Sendable, CaseIterable {
        case error
        case warning
        case note
        case ok
    }

    public let probe: Probe
    public let severity: Severity
    /// One lower-case clause.
    public let found: String
    /// Full sentences.
    public let remedy: String?
    /// What the service answered, where it refused.
    public let service: ServiceAnswer?

    public init(
        _ probe: Probe, _ severity: Severity, _ found: String, remedy: String? = nil, service: ServiceAnswer? = nil
    ) {
        self.probe = probe
        self.severity = severity
        self.found = found
        self.remedy = remedy
        self.service = service
    }
}
