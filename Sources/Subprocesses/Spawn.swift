import CGlibcShim
import Glibc
import SystemCalls

/// The one call of `posix_spawn`.
enum Spawn {
    /// Starts a program in a process group of its own, with default signal actions, no signal blocked, and no
    /// descriptors but the three given; `nil` is `/dev/null`.
    ///
    /// An error of the start itself, such as a missing program, is thrown here and not reported by a child.
    static func start(
        _ command: Command, input: Int32?, output: Int32?, errors: Int32?
    ) throws(SystemError) -> Int32 {
        let arguments = [command.executable] + command.arguments
        let environment = command.environment.map { $0.key + "=" + $0.value }
        let names = command.environment.keys
        // C strings end at a NUL: the program would be given something else than what was asked for.
        guard !(arguments + environment + [command.directory ?? ""]).contains(where: { $0.utf8.contains(0) }),
            !names.contains(where: { $0.isEmpty || $0.utf8.contains(UInt8(ascii: "=")) })
        else { throw SystemError(call: "posix_spawn", subject: command.executable, number: EINVAL) }

        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        try checked(unsafe posix_spawn_file_actions_init(&actions))
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        try checked(unsafe posix_spawnattr_init(&attributes))
        defer { unsafe posix_spawnattr_destroy(&attributes) }

        for (target, source) in [(Int32(0), input), (1, output), (2, errors)] {
            if let source {
                try checked(unsafe posix_spawn_file_actions_adddup2(&actions, source, target))
            } else {
                try checked(unsafe posix_spawn_file_actions_addopen(&actions, target, "/dev/null", O_RDWR, 0))
            }
        }
        try checked(unsafe posix_spawn_file_actions_addclosefrom_np(&actions, 3))
        if let directory = command.directory {
            try checked(unsafe posix_spawn_file_actions_addchdir_np(&actions, directory))
        }
        var none = sigset_t()
        var all = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        try checked(unsafe posix_spawnattr_setsigmask(&attributes, &none))
        try checked(unsafe posix_spawnattr_setsigdefault(&attributes, &all))
        try checked(unsafe posix_spawnattr_setpgroup(&attributes, 0))
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        try checked(unsafe posix_spawnattr_setflags(&attributes, Int16(flags)))

        Processes.keepEnded()
        var child: pid_t = 0
        let status = unsafe withCStrings(arguments) { argv in
            unsafe withCStrings(environment) { envp in
                unsafe posix_spawn(&child, command.executable, &actions, &attributes, argv, envp)
            }
        }
        try checked(status, command.executable)
        return child
    }

    private static func checked(_ status: Int32, _ subject: String = "") throws(SystemError) {
        guard status == 0 else { throw SystemError(call: "posix_spawn", subject: subject, number: status) }
    }

    private static func withCStrings(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Int32
    ) -> Int32 {
        var pointers = unsafe strings.map { unsafe strdup($0) } + [nil]
        defer { unsafe pointers.forEach { unsafe free($0) } }
        guard unsafe pointers.dropLast().allSatisfy({ unsafe $0 != nil }) else { return ENOMEM }
        return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return ENOMEM }
            return unsafe body(UnsafePointer(start))
        }
    }
}

/// What is done to a child's number.
enum Processes {
    /// Makes the kernel keep how children end until they are reaped.
    ///
    /// It forgets that, and gives their numbers away, while SIGCHLD is ignored, which this process may have inherited.
    static func keepEnded() {
        if penstock_is_ignored(SIGCHLD) != 0 { _ = Glibc.signal(SIGCHLD, SIG_DFL) }
    }

    /// Blocks this thread until the child has ended, and answers how; it stays unreaped.
    static func awaitEnd(_ child: Int32) -> ExitStatus {
        var status: Int32 = 0
        var signalled: Int32 = 0
        while unsafe penstock_await_end(child, &status, &signalled) == -1 {
            guard errno == EINTR else { return .unknown }
        }
        return signalled != 0 ? .signalled(status) : .exited(status)
    }

    /// Lets go of a child that has ended, after which its number means nothing.
    ///
    /// Blocks while it runs.
    static func reap(_ child: Int32) {
        while waitpid(child, nil, 0) == -1, errno == EINTR { continue }
    }

    /// Sends a signal to a process group; one that is gone already is no error.
    static func signal(group: Int32, _ signal: Int32) { _ = kill(-group, signal) }
}
