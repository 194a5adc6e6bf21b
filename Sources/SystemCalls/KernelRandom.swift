import CGlibcShim

/// Random bytes from the kernel, fit for keys.
public enum KernelRandom {
    public static func bytes(_ count: Int) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let rest = count - done
            done += try checked("getrandom") {
                unsafe bytes.withUnsafeMutableBytes { unsafe penstock_random($0.baseAddress?.advanced(by: done), rest) }
            }
        }
        return bytes
    }
}
