import FoundationEssentials
import LocalIndex
import SystemCalls

/// What a ``StoreCleaner`` has to do, in rounds of bounded portions; everything blocks.
struct CleaningWork: Sendable {
    /// How many files are removed before their folders are synchronized, and how many of these there may be then.
    private static let portion = 1000
    private static let folders = 32
    /// How many pages the index gives back at once.
    private static let pages = 500
    /// How long uncommitted blocks are kept, in seconds: a week after the last one was staged.
    /// Source: <https://learn.microsoft.com/rest/api/storageservices/put-block>
    static let stagedSeconds = 7 * 24 * 3600
    private static let hour = 3600.0

    private let files: PieceFiles
    private let writer: IndexWriter
    private let readers: IndexReaders
    private let numbers: PieceNumbers
    private let clock: @Sendable () -> Date

    private var trash = PiecesByFolder()
    private var abandoned: [Int] = []
    private var hasContainers = false
    private var isExpiring = false
    /// Pieces of the trash up to this one have been tried; `nil` if it is not being looked through.
    private var searched: Int?
    private var shrinking = Shrinking.no
    private var nextLook: Date

    private enum Shrinking { case no, perhaps, yes }

    init(
        files: PieceFiles, writer: IndexWriter, readers: IndexReaders, numbers: PieceNumbers,
        clock: @escaping @Sendable () -> Date
    ) {
        self.files = files
        self.writer = writer
        self.readers = readers
        self.numbers = numbers
        self.clock = clock
        nextLook = clock()
        // Whatever a crash has left.
        beginAnew()
    }

    var hasMore: Bool {
        !trash.isEmpty || !abandoned.isEmpty || hasContainers || isExpiring || searched != nil
            || shrinking != .no
    }

    /// Does a portion of everything there is, so that nothing waits for all of something else.
    mutating func round(_ requests: CleaningRequests.Taken) {
        trash.add(requests.trash)
        abandoned += requests.abandoned
        if requests.containers { hasContainers = true }
        if requests.looks || requests.containers, shrinking == .no { shrinking = .perhaps }
        if requests.moreTrash { searched = searched ?? 0 }
        do {
            let now = clock()
            // A clock that was set back must not keep things waiting.
            if nextLook <= now || nextLook > now + Self.hour { beginAnew() }
            try removeFiles()
            try collect()
            try expire(now)
            try search()
            try shrink()
        } catch {
            // It is all in the index, and found there in a minute or at the next opening.
            (trash, abandoned, hasContainers, isExpiring, searched) = (PiecesByFolder(), [], false, false, nil)
            shrinking = .no
            nextLook = clock() + 60
        }
    }

    private mutating func beginAnew() {
        (hasContainers, isExpiring, searched) = (true, true, 0)
        if shrinking == .no { shrinking = .perhaps }
        nextLook = clock() + Self.hour
    }

    // MARK: - Portions

    private mutating func removeFiles() throws {
        guard !trash.isEmpty || !abandoned.isEmpty else { return }
        let some = trash.take(folders: Self.folders, files: Self.portion)
        let unrecorded = abandoned
        abandoned = []
        files.probe(.removing)
        // What cannot be removed now stays in the trash and is tried again later.
        let removed = (some + unrecorded).filter { number in (try? files.remove(number)) != nil }
        files.probe(.removed)
        let gone = Set(files.synchronizeRemoval(of: removed))
        files.probe(.removalSynchronized)
        let forgotten = some.filter { gone.contains($0) }
        let runs = unrecorded.filter { gone.contains($0) }.compactMap { numbers.settle($0) }
        guard !forgotten.isEmpty || !runs.isEmpty else { return }
        try writer.writeBlocking { connection in
            try connection.forget(forgotten)
            for run in runs { try connection.giveBack(run: run) }
        }
    }

    private mutating func collect() throws {
        guard hasContainers else { return }
        let garbage = try writer.writeBlocking { try $0.collectContainer() }
        hasContainers = garbage != nil
        trash.add(garbage ?? [])
    }

    private mutating func expire(_ now: Date) throws {
        guard isExpiring else { return }
        let garbage = try writer.writeBlocking { try $0.expireStaged(before: now.seconds - Self.stagedSeconds) }
        isExpiring = garbage != nil
        trash.add(garbage ?? [])
    }

    /// Looks for what is in the trash since earlier.
    private mutating func search() throws {
        guard let start = searched, trash.isEmpty else { return }
        let found = try readers.read { try $0.trash(after: start, limit: Self.portion) }
        searched = found.last
        trash.add(found)
    }

    /// Gives back the index's own free pages, once nothing else is to be done.
    private mutating func shrink() throws {
        guard shrinking != .no, trash.isEmpty, !hasContainers, !isExpiring, searched == nil else { return }
        let pages = try readers.read { try $0.pages() }
        guard shrinking == .yes ? pages.areStillMany : pages.areTooMany else {
            if shrinking == .yes { try readers.checkpoint() }
            shrinking = .no
            return
        }
        shrinking = .yes
        try writer.writeBlocking { try $0.shrink(by: Self.pages) }
        // A database that does not shrink must not be asked for ever.
        if try readers.read({ try $0.pages() }).all >= pages.all { shrinking = .no }
    }
}
