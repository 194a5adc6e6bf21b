import TestSupport

extension Penstock {
    /// The program on a kernel that has no files in memory: a filter refuses the call, for its children, too.
    ///
    /// Source: <https://docs.kernel.org/userspace-api/seccomp_filter.html>
    func withoutMemoryFiles(_ words: [String]) async throws -> Finished {
        let filter = #"""
            # load the number of the call; if it is that one, ENOSYS; else allow.
            my $filter = pack("SCCL" x 4, 0x20, 0, 0, 0, 0x15, 0, 1, shift, 0x06, 0, 0, 0x50026, 0x06, 0, 0, 0x7fff0000);
            my $program = pack("Sx6P", 4, $filter);
            my $control = shift;
            syscall($control + 0, 38, 1, 0, 0, 0) == 0 or die "no_new_privs: $!";
            syscall($control + 0, 22, 2, $program, 0, 0) == 0 or die "seccomp: $!";
            exec @ARGV or die "exec: $!";
            """#
        var shell = self
        shell.executable = "/usr/bin/perl"
        return try await shell.run(["-e", filter] + Self.numbers + [executable] + words)
    }

    /// Of memfd_create and prctl.
    private static var numbers: [String] {
        #if arch(arm64)
            ["279", "167"]
        #else
            ["319", "157"]
        #endif
    }
}
