import Diagnostics
import Testing

@Suite("Explanations")
struct ExplanationTests {
    private struct Failure: ExplainedError {
        let code: String
        let summary: String
        var remedy: String?
        var cause: (any Error)?
        var exitCode = ExitCode.failed
    }

    private struct Plain: Error, CustomStringConvertible { let description = "plain words" }

    @Test("hold every error underneath, and say each remedy once")
    func chain() {
        let inner = Failure(code: "c", summary: "the disk is full", remedy: "Free some space.", cause: Plain())
        let middle = Failure(code: "b", summary: "the file was not written", remedy: "Free some space.", cause: inner)
        let outer = Failure(
            code: "a", summary: "nothing was saved", remedy: "Try again.", cause: middle, exitCode: .limit)
        let explanation = Explanation(outer)
        #expect(explanation.code == "a")
        #expect(explanation.exitCode == .limit)
        #expect(
            explanation.text == """
                error: nothing was saved
                caused by: the file was not written
                caused by: the disk is full
                caused by: plain words
                hint: Try again.
                hint: Free some space.
                """)
    }

    @Test("call a cancellation an interruption, not a failure")
    func cancelled() {
        let explanation = Explanation(CancellationError())
        #expect(explanation.text == "error: interrupted")
        #expect(explanation.code == "interrupted")
        #expect(explanation.exitCode == .interrupted)
    }

    @Test("show an error of another kind in its own words")
    func foreign() {
        let explanation = Explanation(Plain())
        #expect(explanation.text == "error: plain words")
        #expect(explanation.code == "failed")
        #expect(explanation.exitCode == .failed)
    }
}

@Suite("Exit codes")
struct ExitCodeTests {
    @Test("have the numbers that are documented")
    func numbers() {
        let numbers: [Int32] = [0, 1, 2, 3, 10, 11, 12, 13, 14, 15, 16, 17, 130]
        #expect(ExitCode.allCases.map(\.rawValue) == numbers)
    }
}
