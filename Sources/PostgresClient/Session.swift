import CPostgres
import Diagnostics
import Glibc
import Synchronization
import SystemCalls

/// One libpq connection.
///
/// Every call blocks, and all calls are made by one thread at a time.
@safe final class Session: Sendable {
    // Used only by jobs of the owner's thread pool, which has one thread; `PQcancel` works on a copy of its own.
    nonisolated(unsafe) let connection: OpaquePointer
    private let notices: NoticeReceiver
    /// Happens when a statement could not be ended: the connection is of no use any more.
    private let broken: Event
    /// What a COPY that runs is doing.
    let copying = Atomic(CopyState.none)
    /// Never happens: what is waited for once the caller's own event has happened.
    private let never: Event

    /// How long a cancelled statement may take to end before the connection is given up.
    private static let patience = Duration.seconds(10)

    private init(_ connection: OpaquePointer, _ notices: NoticeReceiver) throws(SystemError) {
        unsafe self.connection = connection
        self.notices = notices
        do throws(SystemError) {
            broken = try Event()
            never = try Event()
        } catch {
            unsafe PQfinish(connection)
            throw error
        }
        unsafe notices.attach(to: connection)
    }

    deinit { unsafe PQfinish(connection) }

    var isBroken: Bool { (try? broken.wait(atMost: .zero)) ?? true }

    func markBroken() { broken.signal() }
}

// MARK: - Connecting

extension Session {
    static func open(
        _ parameters: ConnectionParameters, password: Secret<String>?, log: Log, timeout: Duration,
        stop: borrowing Event
    ) throws -> Session {
        var session = try begin(parameters, password, requiresTLS: false, log: log)
        // Nothing but a greeting has gone out yet: the password follows when the server asks for it.
        if password != nil, parameters.passwords?.givesTokens ?? true, !session.keepsPasswordsSafe {
            session = try begin(parameters, password, requiresTLS: true, log: log)
        }
        try session.finishConnecting(timeout: timeout, stop: stop)
        return session
    }

    private static func begin(
        _ parameters: ConnectionParameters, _ password: Secret<String>?, requiresTLS: Bool, log: Log
    ) throws -> Session {
        let started = unsafe try parameters.keywords(password: password, requiresTLS: requiresTLS) {
            list throws(PostgresError) in unsafe try start(list)
        }
        return unsafe try Session(started, NoticeReceiver(log))
    }

    /// True if the settings in force allow no password on a network without TLS: a token is sent as it is.
    private var keepsPasswordsSafe: Bool {
        let settings = Dictionary(settings().map { ($0.keyword, $0.value ?? "") }) { _, later in later }
        if ["require", "verify-ca", "verify-full"].contains(settings["sslmode"] ?? "") { return true }
        let hosts = [settings["hostaddr"], settings["host"]].compactMap(\.self).first { !$0.isEmpty } ?? ""
        return hosts.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { Place.isHere($0) }
    }

    private static func start(_ list: [(keyword: String, value: String)]) throws(PostgresError) -> OpaquePointer {
        guard !list.contains(where: { $0.value.utf8.contains(0) }) else {
            throw PostgresError(kind: .badSettings, message: "a value contains a NUL")
        }
        let connection = unsafe CStrings.with(list.map(\.keyword)) { keywords in
            unsafe CStrings.with(list.map(\.value)) { values in unsafe PQconnectStartParams(keywords, values, 1) }
        }
        guard let connection = unsafe connection else {
            throw PostgresError(kind: .noSpace, message: "libpq has no memory")
        }
        unsafe PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
        return unsafe connection
    }

    private func finishConnecting(timeout: Duration, stop: borrowing Event) throws {
        let deadline = ContinuousClock.now.advanced(by: wantedTimeout ?? timeout)
        var readiness = Event.Readiness.writing
        while unsafe PQstatus(connection) != CONNECTION_BAD {
            let left = ContinuousClock.now.duration(to: deadline)
            let outcome = try stop.wait(
                or: unsafe PQsocket(connection), isReadyFor: readiness, atMost: max(left, .zero))
            if outcome.contains(.event) { throw CancellationError() }
            guard !outcome.isEmpty else { throw PostgresError(kind: .unreachable, message: "no answer in time") }
            switch unsafe PQconnectPoll(connection) {
            case PGRES_POLLING_OK:
                unsafe PQsetnonblocking(connection, 1)
                return
            case PGRES_POLLING_READING: readiness = .reading
            case PGRES_POLLING_WRITING: readiness = .writing
            default: throw connectionError()
            }
        }
        throw connectionError()
    }

    private func connectionError() -> PostgresError {
        ConnectionMessage.error(
            unsafe String(cString: PQerrorMessage(connection)),
            needsPassword: unsafe PQconnectionNeedsPassword(connection) == 1)
    }

    /// The `connect_timeout` of the settings, which libpq leaves to those who connect step by step.
    private var wantedTimeout: Duration? {
        guard let seconds = settings().first(where: { $0.keyword == "connect_timeout" })?.value.flatMap({ Int($0) }),
            (1...86_400).contains(seconds)
        else { return nil }
        return .seconds(max(seconds, 2))  // libpq's own least value
    }
}

// MARK: - Statements

extension Session {
    func query(_ statement: String, _ parameters: [String?], stop: borrowing Event) throws -> QueryResult {
        try send(statement, parameters, stop: stop)
        return try receive(stop)
    }

    func send(_ statement: String, _ parameters: [String?], stop: borrowing Event) throws {
        guard !isBroken else { throw PostgresError(kind: .connectionLost, message: "the connection was given up") }
        guard copying.load(ordering: .acquiring) == .none else {
            throw PostgresError(kind: .queryFailed, message: "a COPY runs on this connection")
        }
        guard try !stop.wait(atMost: .zero) else { throw CancellationError() }
        guard ([statement] + parameters).allSatisfy({ $0?.utf8.contains(0) != true }) else {
            throw PostgresError(kind: .queryFailed, message: "a statement or a value contains a NUL")
        }
        let sent = unsafe CStrings.with(parameters) { values in
            unsafe PQsendQueryParams(connection, statement, Int32(clamping: parameters.count), nil, values, nil, nil, 0)
        }
        guard sent == 1 else { throw lost() }
    }

    /// Takes every result, so that the connection is ready for the next statement, and answers the last or throws the
    /// first error.
    func receive(_ stop: borrowing Event) throws -> QueryResult {
        var answer = QueryResult(columns: [], rows: [], command: "")
        var failure: PostgresError?
        var cancelled = false
        while true {
            try awaitResult(stop, &cancelled)
            guard let result = unsafe PQgetResult(connection) else { break }
            defer { unsafe PQclear(result) }
            switch unsafe PQresultStatus(result) {
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: answer = unsafe ResultText.rows(of: result)
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                broken.signal()
                throw PostgresError(kind: .queryFailed, message: "COPY is not a query")
            default:
                let error = unsafe ResultText.error(of: result)
                failure = failure ?? error
            }
        }
        if cancelled { throw CancellationError() }
        if unsafe PQstatus(connection) == CONNECTION_BAD {
            broken.signal()
            if failure == nil { throw lost() }
        }
        if let failure { throw failure }
        return answer
    }

    /// Waits until the next result can be taken without blocking.
    ///
    /// Asks the server to cancel when `stop` happens.
    func awaitResult(_ stop: borrowing Event, _ cancelled: inout Bool) throws {
        while true {
            let flushed = unsafe PQflush(connection)
            if flushed == -1 { throw lost() }
            if flushed == 0, unsafe PQisBusy(connection) == 0 { return }
            let readiness: Event.Readiness = flushed == 0 ? .reading : .either
            let socket = unsafe PQsocket(connection)
            let outcome =
                cancelled
                ? try never.wait(or: socket, isReadyFor: readiness, atMost: Self.patience)
                : try stop.wait(or: socket, isReadyFor: readiness)
            if outcome.isEmpty {
                broken.signal()
                throw CancellationError()
            }
            if outcome.contains(.event) {
                cancelled = true
                requestCancel()
            }
            if outcome.contains(.ready), unsafe PQconsumeInput(connection) == 0 { throw lost() }
        }
    }

    /// Asks from a thread of its own: it makes a connection, and waits for it as long as the network likes.
    func requestCancel() {
        guard let request = unsafe PQgetCancel(connection) else { return }
        // Used and freed by that thread alone.
        nonisolated(unsafe) let own = unsafe request
        do {
            try Thread.start(name: "postgres-cancel") {
                var reason = [CChar](repeating: 0, count: 256)
                unsafe PQcancel(own, &reason, 256)
                unsafe PQfreeCancel(own)
            }
        } catch {
            unsafe PQfreeCancel(request)
        }
    }

    func lost() -> PostgresError {
        broken.signal()
        return ConnectionMessage.lost(unsafe String(cString: PQerrorMessage(connection)))
    }
}

/// Null-terminated lists of C strings, valid while `body` runs.
enum CStrings {
    static func with<Result>(
        _ strings: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
    ) -> Result {
        let copies = unsafe strings.map { string in unsafe string.map { unsafe strdup($0) } ?? nil }
        defer { unsafe copies.forEach { unsafe free($0) } }
        let pointers = unsafe copies.map { copy in unsafe copy.map { unsafe UnsafePointer($0) } } + [nil]
        return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
    }
}
