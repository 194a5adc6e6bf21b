/// What `pg_dump -Fd -Z0` wrote, kept as a tar file.
public struct PlainDirectory: Sendable {
    public let files: [String: [UInt8]]

    /// Reads it.
    ///
    /// - Parameter version: Nothing for PostgreSQL 15, `-16` or `-18`.
    public init(_ version: String) throws {
        let tar = try Fixtures.bytes("archives/everything\(version)-z0-directory.tar")
        var files: [String: [UInt8]] = [:]
        var position = 0
        func text(_ range: Range<Int>) -> String {
            String(decoding: tar[range].prefix { $0 != 0 }, as: UTF8.self)
        }
        while tar[position] != 0 {
            let size = Int(text(position + 124..<position + 135), radix: 8) ?? 0
            let name = text(position..<position + 100).dropFirst(2)
            let start = position + 512
            if !name.isEmpty { files[String(name)] = Array(tar[start..<start + size]) }
            position = start + (size + 511) / 512 * 512
        }
        self.files = files
    }
}
