extension HTTPURL {
    /// True for addresses of this machine: `127.…`, `[::1]`, `localhost` and names below it.
    public var isLoopback: Bool {
        if host == "localhost" || host == "[::1]" || host.hasSuffix(".localhost") { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
