import CGlibcShim
import Glibc

/// Files and directories by path.
public enum Files {
    public enum Mode: Sendable {
        case read
        /// Created if absent, for reading and writing.
        case update
        /// Created; an error if it is there already.
        case create
        /// Created or emptied, for writing.
        case replace

        var flags: Int32 {
            switch self {
            case .read: O_RDONLY
            case .update: O_RDWR | O_CREAT
            case .create: O_RDWR | O_CREAT | O_EXCL
            case .replace: O_RDWR | O_CREAT | O_TRUNC
            }
        }
    }

    /// Opens a file; a new one is readable by its owner only, unless `permissions` says otherwise.
    ///
    /// - Parameter followsLink: False to refuse a path whose last part is a symbolic link.
    public static func open(
        _ path: String, _ mode: Mode, permissions: UInt32 = 0o600, followsLink: Bool = true
    ) throws(SystemError) -> Descriptor {
        let flags = mode.flags | O_CLOEXEC | (followsLink ? 0 : O_NOFOLLOW)
        return Descriptor(owning: try checked("open", path) { unsafe penstock_open(path, flags, permissions) })
    }

    /// Opens a directory, to synchronize it after names in it have changed.
    public static func openDirectory(_ path: String) throws(SystemError) -> Descriptor {
        Descriptor(
            owning: try checked("open", path) { unsafe penstock_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0) })
    }

    public static func makeDirectory(_ path: String, permissions: UInt32 = 0o700) throws(SystemError) {
        try checked("mkdir", path) { unsafe mkdir(path, permissions) }
    }

    /// Makes a directory and those above it that are missing.
    ///
    /// - Parameter made: Is called for each that was made, from the top: whoever needs them after a power failure
    ///   synchronizes the directory above it.
    public static func makeDirectories(
        _ path: String, permissions: UInt32 = 0o700, made: (String) throws(SystemError) -> Void = { _ in }
    ) throws(SystemError) {
        do throws(SystemError) {
            try makeDirectory(path, permissions: permissions)
        } catch {
            if error.alreadyExists, isDirectory(path) { return }
            guard error.isNotFound, let slash = path.lastIndex(of: "/"), slash != path.startIndex else { throw error }
            try makeDirectories(String(path[..<slash]), permissions: permissions, made: made)
            do throws(SystemError) {
                try makeDirectory(path, permissions: permissions)
            } catch {
                guard error.alreadyExists, isDirectory(path) else { throw error }
                return
            }
        }
        try made(path)
    }

    public static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFDIR
    }

    public static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// True if this process may run `path` as a program.
    public static func isExecutable(_ path: String) -> Bool {
        unsafe access(path, X_OK) == 0 && !isDirectory(path)
    }

    public static func remove(_ path: String) throws(SystemError) {
        try checked("unlink", path) { unsafe unlink(path) }
    }

    public static func removeDirectory(_ path: String) throws(SystemError) {
        try checked("rmdir", path) { unsafe rmdir(path) }
    }

    public static func rename(_ path: String, to new: String) throws(SystemError) {
        try checked("rename", path) { unsafe Glibc.rename(path, new) }
    }

    /// The names in a directory, without `.` and `..`, in no order.
    public static func names(in path: String) throws(SystemError) -> [String] {
        guard let stream = unsafe opendir(path) else {
            throw SystemError(call: "opendir", subject: path, number: errno)
        }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Removes a file, or a directory with all that is in it; links are removed, not followed.
    public static func removeTree(_ path: String) throws(SystemError) {
        var status = stat()
        try checked("lstat", path) { unsafe lstat(path, &status) }
        guard status.st_mode & S_IFMT == S_IFDIR else { return try remove(path) }
        for name in try names(in: path) { try removeTree(path + "/" + name) }
        try removeDirectory(path)
    }

    /// The whole of a small file, such as a key or a token.
    ///
    /// - Parameters:
    ///   - limit: A larger file is `EFBIG`.
    ///   - followsLink: False to refuse a path whose last part is a symbolic link.
    public static func contents(
        of path: String, limit: Int = 1 << 20, followsLink: Bool = true
    ) throws(SystemError) -> [UInt8] {
        let file = try open(path, .read, followsLink: followsLink)
        var bytes: [UInt8] = []
        while true {
            var count = 0
            var failure: SystemError?
            let piece = unsafe [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, initialized in
                var span = unsafe OutputSpan(buffer: buffer, initializedCount: 0)
                do throws(SystemError) { count = try file.read(into: &span) } catch { failure = error }
                initialized = unsafe span.finalize(for: buffer)
            }
            if let failure { throw failure }
            guard count > 0 else { return bytes }
            bytes += piece
            guard bytes.count <= limit else { throw SystemError(call: "read", subject: path, number: EFBIG) }
        }
    }

    /// The permission bits of a file, such as 0o600.
    public static func permissions(of path: String) throws(SystemError) -> UInt32 {
        var status = stat()
        try checked("stat", path) { unsafe stat(path, &status) }
        return status.st_mode & 0o7777
    }

    /// Makes an empty directory that only its owner can enter, with a name nobody can guess.
    public static func makeTemporaryDirectory(in parent: String, prefix: String) throws(SystemError) -> String {
        var template = Array((parent + "/" + prefix + "XXXXXX").utf8CString)
        guard unsafe mkdtemp(&template) != nil else {
            throw SystemError(call: "mkdtemp", subject: parent, number: errno)
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
