/// How a process ended.
public enum ExitStatus: Sendable, Hashable {
    case exited(Int32)
    case signalled(Int32)
    /// Somebody else reaped it, and nobody can tell; never taken for success.
    case unknown

    public static let success = ExitStatus.exited(0)
    public var isSuccess: Bool { self == .success }
}

extension ExitStatus: CustomStringConvertible {
    /// `exited with status 1`, `was ended by signal 9`, so that it can follow a program's name.
    public var description: String {
        switch self {
        case .exited(let status): "exited with status \(status)"
        case .signalled(let signal): "was ended by signal \(signal)"
        case .unknown: "ended, but the system does not tell how"
        }
    }
}
