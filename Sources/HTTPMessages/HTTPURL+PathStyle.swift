extension HTTPURL {
    /// True for hosts that cannot hold an account's name in their first label, so that the path begins with it.
    ///
    /// IP addresses, `localhost` and other hosts of a single label, and the name by which containers reach their host.
    public var isPathStyle: Bool {
        if host.hasPrefix("[") || !host.contains(".") { return true }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { UInt8($0) != nil }
            || host == "host.docker.internal"
    }
}
