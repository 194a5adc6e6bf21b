/// How a process ended.
public enum ExitStatus: Sendable, Hashable {
    case exited(Int32)
    case signalled(Int32)

    public static let success = ExitStatus.exited(0)
    public var isSuccess: Bool { self == .success }
}

extension ExitStatus: CustomStringConvertible {
    /// `exited with status 1`, `was ended by signal 9`.
    public var description: String {
        switch self {
        case .exited(let status): "exited with status \(status)"
        case .signalled(let signal): "was ended by signal \(signal)"
        }
    }
}
