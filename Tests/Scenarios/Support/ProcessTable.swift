import Glibc
import SystemCalls

/// The processes of this machine, as `/proc` shows them.
enum ProcessTable {
    struct Entry: Sendable {
        let id: Int32
        let parent: Int32
        let name: String
        /// False for one that has ended and waits to be reaped.
        let isAlive: Bool
    }

    static func entries() throws -> [Entry] {
        try Files.names(in: "/proc").compactMap { name in Int32(name).flatMap(entry) }
    }

    static func children(of parent: Int32, named name: String? = nil) throws -> [Entry] {
        try entries().filter { $0.parent == parent && $0.isAlive && (name == nil || $0.name == name) }
    }

    static func isAlive(_ id: Int32) -> Bool { entry(id)?.isAlive ?? false }

    /// The largest resident memory the process has had, in bytes.
    static func peakMemory(of id: Int32) throws -> Int? {
        try number("VmHWM", of: id).map { $0 << 10 }
    }

    static func threads(of id: Int32) throws -> Int? { try number("Threads", of: id) }

    /// What `/proc` says of a process under a name, without the unit.
    private static func number(_ name: String, of id: Int32) throws -> Int? {
        let status = String(decoding: try Files.contents(of: "/proc/\(id)/status"), as: UTF8.self)
        let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
    }

    /// What the descriptors of the process are open on, such as `socket:[123]` or a path.
    static func descriptors(of id: Int32) throws -> [String] {
        try Files.names(in: "/proc/\(id)/fd").compactMap { number in
            var target = [CChar](repeating: 0, count: 4096)
            let count = unsafe readlink("/proc/\(id)/fd/\(number)", &target, target.count)
            // It may be closed between two looks.
            guard count >= 0 else { return nil }
            return String(decoding: target.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    static func threads(of id: Int32) throws -> Int { try Files.names(in: "/proc/\(id)/task").count }

    /// `id (name) state parent …`; the name may hold blanks and parentheses.
    private static func entry(_ id: Int32) -> Entry? {
        guard let bytes = try? Files.contents(of: "/proc/\(id)/stat", limit: 8192) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 1, let parent = Int32(fields[1]) else { return nil }
        return Entry(
            id: id, parent: parent, name: String(text[text.index(after: open)..<close]),
            isAlive: fields[0] != "Z" && fields[0] != "X")
    }
}
