public import Diagnostics

/// What is wrong with the file of a fault plan.
public struct FaultPlanError: ExplainedError, Equatable {
    public enum Kind: String, Sendable {
        case notJSON = "faults.not-json"
        case invalid = "faults.invalid"
    }

    public let kind: Kind
    /// Where in the plan, such as `rules[2].rate`; for text that is not JSON what the parser says.
    public let place: String
    /// What is wrong there.
    public let problem: String

    public var code: String { kind.rawValue }

    public var summary: String {
        switch kind {
        case .notJSON: "the fault plan is not JSON\(place.isEmpty ? "" : ": \(place)")"
        case .invalid: "the fault plan is wrong at \(place): \(problem)"
        }
    }

    public var remedy: String? {
        switch kind {
        case .notJSON: "Check it with `python3 -m json.tool FILE`, which names the line."
        case .invalid: "See docs/reference/fault-plan.md for what a plan can say."
        }
    }
    public var exitCode: ExitCode { .wrongUsage }
}
