import Synchronization

/// Decides, request by request, what goes wrong.
final class FaultDice: Sendable {
    private let plan: ServerFaultPlan
    private let seen: Mutex<[Int]>

    init(_ plan: ServerFaultPlan) {
        self.plan = plan
        seen = Mutex(Array(repeating: 0, count: plan.rules.count))
    }

    /// A fault, and the rule and the number of the request by which it came about; both count from 1.
    struct Hit: Equatable {
        let fault: ServerFault
        let rule: Int
        let number: Int
    }

    /// What hits the next request: any delays and bandwidths, and at most one other fault, of the first rule that hits.
    func roll(_ operation: String, elapsed: Duration) -> [Hit] {
        let numbers = seen.withLock { seen in
            for (index, rule) in plan.rules.enumerated() where rule.concerns(operation) { seen[index] += 1 }
            return seen
        }
        var hits: [Hit] = []
        for (index, rule) in plan.rules.enumerated() where rule.concerns(operation) {
            let isTaken = !rule.fault.isPace && hits.contains { !$0.fault.isPace }
            let number = numbers[index]
            guard !isTaken, rule.isOpen(number: number, elapsed: elapsed) else { continue }
            guard rule.chooses(number, chance: chance(rule: index, number: number)) else { continue }
            hits.append(Hit(fault: rule.fault, rule: index + 1, number: number))
        }
        return hits
    }

    /// From 0 up to 1, evenly, and always the same for the same seed, rule and number.
    private func chance(rule: Int, number: Int) -> Double {
        var state = Self.mixed(plan.seed &+ 0x9E37_79B9_7F4A_7C15)
        state = Self.mixed(state ^ UInt64(truncatingIfNeeded: rule &+ 1))
        state = Self.mixed(state ^ UInt64(truncatingIfNeeded: number))
        return Double(state >> 11) / Double(UInt64(1) << 53)
    }

    /// The finalizer of SplitMix64, in which every bit of the input changes half of those of the output.
    ///
    /// Source: <https://prng.di.unimi.it/splitmix64.c>
    private static func mixed(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension ServerFaultPlan.Rule {
    fileprivate func concerns(_ operation: String) -> Bool { operations.isEmpty || operations.contains(operation) }

    fileprivate func isOpen(number: Int, elapsed: Duration) -> Bool {
        let isAfter =
            switch after {
            case .requests(let count): number > count
            case .time(let time): elapsed >= time
            case nil: true
            }
        let isBefore =
            switch until {
            case .requests(let count): number <= count
            case .time(let time): elapsed < time
            case nil: true
            }
        return isAfter && isBefore
    }

    fileprivate func chooses(_ number: Int, chance: Double) -> Bool {
        switch choice {
        case .rate(let rate): chance < rate
        case .numbers(let numbers): numbers.contains(number)
        }
    }
}
