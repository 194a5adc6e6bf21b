import SystemCalls
import Testing

@Suite("A thread pool")
struct ThreadPoolTests {
    @Test("runs as many blocking calls at once as it is wide", arguments: [1, 2, 5])
    func width(_ width: Int) async {
        let pool = ThreadPool(name: "wide", width: width)
        let arrived = Monitor(0)
        // Each waits for the others: with one thread fewer none would ever return.
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<width {
                group.addTask {
                    await pool.run {
                        arrived.update { $0 += 1 }
                        arrived.wait { $0 >= width ? () : nil }
                    }
                }
            }
        }
        #expect(arrived.update { $0 } == width)
    }

    @Test("never runs more at once than it is wide")
    func bound() async {
        let pool = ThreadPool(name: "narrow", width: 3)
        let now = Monitor((running: 0, most: 0))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<300 {
                group.addTask {
                    await pool.run {
                        now.update { $0 = ($0.running + 1, max($0.most, $0.running + 1)) }
                        now.update { $0.running -= 1 }
                    }
                }
            }
        }
        #expect(now.update { $0.running } == 0)
        #expect((1...3).contains(now.update { $0.most }))
    }

    @Test("takes work in order")
    func order() async {
        let pool = ThreadPool(name: "order", width: 1)
        let seen = Monitor<[Int]>([])
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask(executorPreference: pool) { seen.update { $0.append(number) } }
            }
        }
        #expect(seen.update { $0 } == Array(0..<200))
    }

    @Test("does more work than its queue keeps at once")
    func many() async {
        let pool = ThreadPool(name: "many", width: 2)
        let sum = await withTaskGroup(of: Int.self) { group in
            for number in 0..<5000 { group.addTask { await pool.run { number } } }
            return await group.reduce(0, +)
        }
        #expect(sum == 4999 * 5000 / 2)
    }

    @Test("passes on what a call throws")
    func throwing() async {
        let pool = ThreadPool(name: "throwing", width: 1)
        await #expect(throws: SystemError(call: "open", subject: "x", number: 2)) {
            try await pool.run { throw SystemError(call: "open", subject: "x", number: 2) }
        }
        #expect(await pool.run { 5 } == 5)
    }

    @Test("runs the calls of cancelled tasks, too")
    func cancelled() async {
        let pool = ThreadPool(name: "cancelled", width: 1)
        let answer = await withTaskGroup(of: Int.self) { group in
            group.cancelAll()
            group.addTask { await pool.run { Task.isCancelled ? 5 : 0 } }
            return await group.next()
        }
        #expect(answer == 5)
    }
}

@Suite("A monitor")
struct MonitorTests {
    @Test("wakes a thread when what it waits for has come")
    func wakes() throws {
        let monitor = Monitor(0)
        let answers = Monitor<[Int]>([])
        for _ in 0..<3 {
            try Thread.start(name: "waits") {
                let seen = monitor.wait { $0 >= 10 ? $0 : nil }
                answers.update { $0.append(seen) }
            }
        }
        for _ in 0..<10 { monitor.update { $0 += 1 } }
        #expect(answers.wait { $0.count == 3 ? $0 : nil } == [10, 10, 10])
    }

    @Test("hands each value to one thread only")
    func handsOver() throws {
        let queue = Monitor<[Int]>([])
        let taken = Monitor<[Int]>([])
        for _ in 0..<4 {
            try Thread.start(name: "takes") {
                for _ in 0..<250 {
                    let value = queue.wait { $0.popLast() }
                    taken.update { $0.append(value) }
                }
            }
        }
        for number in 0..<1000 { queue.update { $0.append(number) } }
        let all = taken.wait { $0.count == 1000 ? $0 : nil }
        #expect(all.sorted() == Array(0..<1000))
    }
}
