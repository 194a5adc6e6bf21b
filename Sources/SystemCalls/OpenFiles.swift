import Glibc

/// How many descriptors this process may have open.
public enum OpenFiles {
    /// Raises the limit to what the administrator allows (`ulimit -Hn`), and answers the limit then.
    ///
    /// Not done for programs that start others: some of those expect to find the usual limit.
    @discardableResult
    public static func raiseLimit() -> Int {
        var limit = rlimit()
        let kind = __rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue))
        guard unsafe getrlimit(kind, &limit) == 0 else { return 0 }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            if unsafe setrlimit(kind, &raised) == 0 { limit = raised }
        }
        return Int(clamping: limit.rlim_cur)
    }
}
