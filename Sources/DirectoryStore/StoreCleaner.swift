import SystemCalls

/// The thread that gives space back behind the answers: files of pieces that went, blobs of deleted containers, and what
/// has become old.
///
/// All of it is in the index before it is handed over here, so nothing is lost when the process ends: the next to open
/// the store goes on. It cannot fall behind for long, since a file is made with more waiting for the disk than it is
/// removed with.
final class StoreCleaner: Sendable {
    /// How long what was dropped waits for more.
    private static let gathering = Duration.milliseconds(300)
    private let requests = Monitor(CleaningRequests())

    /// - Parameter tick: How often the work looks at its clock while there is nothing else to do.
    init(_ work: CleaningWork, tick: Duration) throws(SystemError) {
        let requests = requests
        try Thread.start(name: "penstock-clean") {
            var work = work
            while let taken = Self.next(of: requests, goesOn: work.hasMore, tick) { work.round(taken) }
            requests.update { $0.end() }
        }
    }

    deinit { requests.update { $0.close(by: .now) } }

    /// Has the files of pieces removed that are in the trash.
    func remove(_ trash: [Int]) {
        guard !trash.isEmpty else { return }
        requests.update { $0.add(trash) }
    }

    /// Has a number settled of which nothing was recorded, once its file is gone for good.
    func abandon(_ number: Int) { requests.update { $0.abandoned.append(number) } }

    /// Has containers collected that have lost their names.
    func collectContainers() { requests.update { $0.containers = true } }

    // MARK: - Waiting, which blocks

    /// Waits until there is nothing left to do now.
    func waitUntilIdle() {
        requests.update { $0.looks = true }
        requests.wait { $0.isIdle ? () : nil }
    }

    /// Does what there is to do for some time more, then ends.
    func close(within time: Duration) {
        requests.update { $0.close(by: .now + time) }
        requests.wait { $0.hasEnded ? () : nil }
    }

    // MARK: - When there is no space

    /// Says that a write found no space.
    func noteShortage() { requests.update { $0.isSpaceShort = true } }

    /// True until the space of what was deleted has been waited for.
    var isSpaceShort: Bool { requests.wait { $0.isSpaceShort } }

    func endShortage() { requests.update { $0.isSpaceShort = false } }

    /// True while something is being given back.
    var isBusy: Bool { requests.wait { !$0.isIdle } }

    // MARK: - The thread

    /// What has been asked for since the last time, perhaps nothing; `nil` when it is time to end.
    private static func next(
        of requests: Monitor<CleaningRequests>, goesOn: Bool, _ tick: Duration
    ) -> CleaningRequests.Taken? {
        requests.update { $0.works = goesOn }
        requests.wait(atMost: goesOn ? .zero : tick) { requests in
            requests.isTimeToEnd(goesOn) || !requests.isEmpty ? () : nil
        }
        // Files that go together share the `fsync` of their folder: some time to gather, if nobody waits for the space.
        if !goesOn { requests.wait(atMost: gathering) { $0.isUrgent ? () : nil } }
        return requests.update { $0.isTimeToEnd(goesOn) ? nil : $0.take() }
    }
}

/// What a ``StoreCleaner`` is asked for.
struct CleaningRequests: Sendable {
    struct Taken: Sendable {
        var trash: [Int] = []
        /// More than could be remembered, which is found in the index.
        var moreTrash = false
        var abandoned: [Int] = []
        var containers = false
        var looks = false
    }

    /// The most numbers in memory; the index has them all.
    private static let limit = 100_000
    private var trash: [Int] = []
    private var moreTrash = false
    var abandoned: [Int] = []
    var containers = false
    /// Asks whether the clock or the index have something to do.
    var looks = false
    /// True while the thread does something.
    var works = true
    var isSpaceShort = false
    private var closesBy: ContinuousClock.Instant?
    private(set) var hasEnded = false

    var isEmpty: Bool { trash.isEmpty && !moreTrash && abandoned.isEmpty && !containers && !looks }
    var isUrgent: Bool { containers || looks || isSpaceShort || closesBy != nil }
    var isIdle: Bool { hasEnded || isEmpty && !works }

    mutating func add(_ pieces: [Int]) {
        if trash.count + pieces.count > Self.limit { moreTrash = true } else { trash += pieces }
    }

    mutating func take() -> Taken {
        defer {
            (trash, moreTrash, abandoned, containers, looks) = ([], false, [], false, false)
            works = true
        }
        return Taken(
            trash: trash, moreTrash: moreTrash, abandoned: abandoned, containers: containers, looks: looks)
    }

    mutating func close(by time: ContinuousClock.Instant) { closesBy = min(time, closesBy ?? time) }

    mutating func end() { hasEnded = true }

    /// - Parameter goesOn: True if there is something left to do of what was taken before.
    func isTimeToEnd(_ goesOn: Bool) -> Bool {
        guard let closesBy else { return false }
        return isEmpty && !goesOn || closesBy <= .now
    }
}
