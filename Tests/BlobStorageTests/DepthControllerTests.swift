import BlobStorage
import TestSupport
import Testing

@Suite("The depth of transfers")
struct DepthControllerTests {
    /// Runs a controller against a service: each request takes `seconds(depth)`, all of a depth end together.
    private func settle(
        _ controller: inout DepthController, rounds: Int, from start: Duration = .zero,
        seconds: (_ depth: Int) -> Double
    ) -> Duration {
        var now = start
        for _ in 0..<rounds {
            let depth = controller.depth
            now += .seconds(seconds(depth))
            for _ in 0..<depth { controller.finished(bytes: 8 << 20, at: now) }
        }
        return now
    }

    @Test("grows to the most that is allowed while every connection brings the same")
    func perConnection() {
        var controller = DepthController(limits: 1...26, start: 4)
        _ = settle(&controller, rounds: 12) { _ in 0.17 }
        #expect(controller.depth == 26)
    }

    @Test("stays where more requests bring nothing more", arguments: [1, 4, 8])
    func saturated(start: Int) {
        var controller = DepthController(limits: 1...64, start: start)
        var tried: [Int] = []
        var now = Duration.zero
        for _ in 0..<200 {
            // A line of 1 GB/s that any number of requests share.
            now = settle(&controller, rounds: 1, from: now) { Double($0) * 8.4e6 / 1e9 }
            tried.append(controller.depth)
        }
        #expect(tried.sorted()[100] == start, "\(tried)")
        #expect(tried.allSatisfy { $0 <= start * 2 })
        #expect(tried.contains(start * 2), "it looks now and then whether more would help")
    }

    @Test("halves once for one overload, and never below the least")
    func overload() {
        var controller = DepthController(limits: 2...32, start: 16)
        for answer in 0..<10 { controller.overloaded(at: .milliseconds(answer * 50)) }
        #expect(controller.depth == 8)
        for second in 2..<20 { controller.overloaded(at: .seconds(second * 2)) }
        #expect(controller.depth == 2)
    }

    @Test("is fixed where the limits are equal")
    func fixed() {
        var controller = DepthController(limits: 5...5, start: 8)
        let now = settle(&controller, rounds: 30) { _ in 0.2 }
        controller.overloaded(at: now)
        #expect(controller.depth == 5)
    }

    @Test("stays within its limits whatever happens", arguments: UInt64(0)..<50)
    func anything(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var controller = DepthController(limits: 2...40, start: 8)
        var now = Duration.zero
        for _ in 0..<2000 {
            now += .milliseconds(Int.random(in: 0...300, using: &generator))
            if Int.random(in: 0..<50, using: &generator) == 0 {
                controller.overloaded(at: now)
            } else {
                controller.finished(bytes: Int.random(in: 0...(64 << 20), using: &generator), at: now)
            }
            #expect((2...40).contains(controller.depth))
        }
    }
}
