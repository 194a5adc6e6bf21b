import BlobStorage
import ByteStreams
import Diagnostics

extension Session {
    /// Shows on the terminal how far a transfer has got, while `body` runs.
    func withProgress<Output>(
        _ what: String, total: Int? = nil, _ body: () async throws -> Output
    ) async throws -> Output {
        guard reporter.showsProgress else { return try await body() }
        let (console, meter) = (world.console, meter)
        return try await withResource {
            ProgressDisplay(console: console, meter: meter, what: what, total: total)
        } release: { display in
            await display.stop()
        } body: { _ in
            try await body()
        }
    }
}

/// The line on the terminal that says how far a transfer has got; `stop()` takes it away.
private struct ProgressDisplay: Sendable {
    private let console: Console
    private let task: Task<Void, Never>

    init(console: Console, meter: TransferMeter, what: String, total: Int?) {
        self.console = console
        let clock = ContinuousClock()
        let started = clock.now
        task = Task {
            while !Task.isCancelled {
                let line = ProgressLine(what: what, bytes: meter.reading.bytes, total: total)
                console.showProgress(line.text(after: clock.now - started))
                try? await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    func stop() async {
        task.cancel()
        await task.value
        console.endProgress()
    }
}

/// `dump shop  1.2 GiB  240.3 MiB/s`, with the share done and the time left where the whole is known.
struct ProgressLine {
    let what: String
    let bytes: Int
    let total: Int?

    func text(after time: Duration) -> String {
        let seconds = time.seconds
        let rate = seconds > 0 ? Double(bytes) / seconds : 0
        var text = "\(what)  \(ByteCount(bytes))  \(ByteCount(Int(rate)))/s"
        if let total, total > 0, rate > 0 {
            let left = Double(max(0, total - bytes)) / rate
            text += "  \(bytes * 100 / total) %  \(Int(left)) s left"
        }
        return text
    }
}

extension Duration {
    var seconds: Double {
        let (whole, attoseconds) = components
        return Double(whole) + Double(attoseconds) / 1e18
    }
}
