/// Lets `body` go on for a time when the caller's task is cancelled; then it is cancelled, too.
///
/// For work that must not be broken off at once, such as a request that the other side may have begun, or cleaning up.
/// Its end is always awaited. The time counts from the cancellation, or from the beginning where that went before.
public func withGrace<Output: Sendable>(
    _ time: Duration, on clock: any Clock<Duration>, _ body: @escaping @Sendable () async -> Output
) async -> Output {
    let (cancellation, canceller) = AsyncStream<Never>.makeStream()
    // A task of its own: it does not inherit the cancellation of this one.
    let work = Task {
        await withCancellation(
            once: {
                for await _ in cancellation {}
                try? await clock.sleep(for: time)
            }, body)
    }
    return await withTaskCancellationHandler {
        await work.value
    } onCancel: {
        canceller.finish()
    }
}

/// Runs `body`, cancels it when `event` returns, and answers what it then answers.
///
/// `event` is cancelled when `body` ends before.
public func withCancellation<Output: Sendable>(
    once event: @escaping @Sendable () async -> Void, _ body: @escaping @Sendable () async -> Output
) async -> Output {
    await withTaskGroup(of: Output?.self) { group in
        group.addTask { await body() }
        group.addTask {
            await event()
            return nil
        }
        // Whoever is first ends the other.
        while let answer = await group.next() {
            group.cancelAll()
            if let answer { return answer }
        }
        preconditionFailure("the body of a task group's child always answers")
    }
}
