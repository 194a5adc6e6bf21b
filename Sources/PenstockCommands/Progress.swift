import BlobStorage
import ByteStreams
import Diagnostics

extension Session {
    /// Shows how far a transfer has got, in the style that is wanted, while `body` runs.
    func withProgress<Output>(
        _ what: String, total: Int? = nil, _ body: () async throws -> Output
    ) async throws -> Output {
        guard reporter.progress != .none else { return try await body() }
        let (console, meter, gate, style) = (world.console, meter, gate, reporter.progress)
        return try await withResource {
            ProgressDisplay(every: style == .json ? .seconds(1) : .milliseconds(200)) { time in
                let reading = ProgressReading(
                    what: what, transfer: meter.reading, depth: gate.depth, total: total, time: time)
                style == .json ? console.sayJSON(ProgressRecord(reading)) : console.showProgress(reading.line)
            }
        } release: { display in
            await display.stop()
            console.endProgress()
        } body: { _ in
            try await body()
        }
    }
}

/// Shows something again and again, until it is stopped.
private struct ProgressDisplay: Sendable {
    private let task: Task<Void, Never>

    init(every interval: Duration, _ show: @escaping @Sendable (_ time: Duration) -> Void) {
        let clock = ContinuousClock()
        let started = clock.now
        task = Task {
            while !Task.isCancelled {
                show(clock.now - started)
                try? await Task.sleep(for: interval)
            }
        }
    }

    func stop() async {
        task.cancel()
        await task.value
    }
}

/// How far a transfer has got.
struct ProgressReading {
    let what: String
    let transfer: TransferMeter.Reading
    /// Requests allowed at once.
    let depth: Int
    /// In bytes, where it is known.
    let total: Int?
    /// Since the beginning.
    let time: Duration

    /// In bytes a second.
    var rate: Int { Int(Double(transfer.bytes) / max(time.seconds, 0.001)) }

    /// What is left at this rate, in seconds.
    var left: Int? {
        guard let total, rate > 0 else { return nil }
        return max(0, total - transfer.bytes) / rate
    }

    /// `upload shop.dump  1.2 GiB  240.3 MiB/s  depth 8  3 retries  41 %  72 s left`.
    var line: String {
        var words = ["\(what)", "\(ByteCount(transfer.bytes))", "\(ByteCount(rate))/s", "depth \(depth)"]
        if transfer.retries > 0 { words.append("\(transfer.retries) retries") }
        if let total, total > 0, let left {
            words += ["\(Int(Double(transfer.bytes) * 100 / Double(total))) %", "\(left) s left"]
        }
        return words.joined(separator: "  ")
    }
}

/// The same for programs.
private struct ProgressRecord: Encodable {
    let type = "progress"
    let what: String
    let bytes: Int
    let rate: Int
    let depth: Int
    let retries: Int
    let seconds: Double
    let total: Int?
    let secondsLeft: Int?

    init(_ reading: ProgressReading) {
        what = reading.what
        bytes = reading.transfer.bytes
        rate = reading.rate
        depth = reading.depth
        retries = reading.transfer.retries
        seconds = reading.time.seconds
        total = reading.total
        secondsLeft = reading.left
    }
}

extension Duration {
    var seconds: Double {
        let (whole, attoseconds) = components
        return Double(whole) + Double(attoseconds) / 1e18
    }
}
