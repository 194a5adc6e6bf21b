import Glibc
import SystemCalls

/// A program that a test starts, reads from, and may kill.
struct ChildProcess: ~Copyable {
    struct Failed: Error {
        let program: String
        let status: Int32
    }

    private let id: pid_t
    let output: Descriptor

    init(_ program: String, _ arguments: [String]) throws {
        var ends = try Pipe().split()
        guard let reading = ends.reading.take(), let writing = ends.writing.take() else {
            throw Failed(program: program, status: -1)
        }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, writing.number, 1)
        var list = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
        defer { unsafe list.forEach { unsafe free($0) } }
        var id: pid_t = 0
        let status = unsafe posix_spawn(&id, program, &actions, nil, &list, environ)
        guard status == 0 else { throw Failed(program: program, status: status) }
        self.id = id
        output = reading
    }

    /// Kills it with SIGKILL and waits for its end; what it wrote can still be read.
    func kill() {
        Glibc.kill(id, SIGKILL)
        var status: Int32 = 0
        unsafe waitpid(id, &status, 0)
    }

    /// The next bytes of its output, or none at the end.
    ///
    /// Blocks.
    func read() throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(output.number, $0.baseAddress, $0.count) }
        return Array(bytes.prefix(max(0, count)))
    }

    /// Runs a program to its end; throws if it fails.
    static func run(_ program: String, _ arguments: [String]) throws {
        let child = try ChildProcess(program, arguments)
        while try !child.read().isEmpty {}
        var status: Int32 = 0
        unsafe waitpid(child.id, &status, 0)
        guard status == 0 else { throw Failed(program: program, status: status) }
    }

    /// A variable of the tests' own environment.
    static func environment(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}
