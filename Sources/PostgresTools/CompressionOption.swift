/// How pg_dump itself is to compress: `METHOD[:LEVEL]`.
public struct CompressionOption: Sendable, Hashable {
    public enum Method: String, Sendable, CaseIterable {
        case none, gzip, lz4, zstd

        /// What pg_dump accepts; zstd's negative levels are accepted too and of no use here.
        var levels: ClosedRange<Int> {
            switch self {
            case .none: 0...0
            case .gzip: 1...9
            case .lz4: 0...12
            case .zstd: 1...22
            }
        }
    }

    public let method: Method
    /// `nil` leaves the level to pg_dump.
    public let level: Int?

    public static let none = CompressionOption(method: .none)

    private init(method: Method, level: Int? = nil) {
        self.method = method
        self.level = level
    }

    /// Reads `none`, `gzip`, `gzip:9`, `zstd:3`; `nil` if there is no such method or level.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let method = Method(rawValue: String(parts[0])) else { return nil }
        guard parts.count == 2 else {
            self.init(method: method)
            return
        }
        guard let level = Int(parts[1]), method.levels.contains(level), method != .none else { return nil }
        self.init(method: method, level: level)
    }

    /// The argument for a pg_dump of that version: `-Z6` up to 15, `--compress=zstd:3` from 16 on.
    public func argument(for version: ToolVersion) throws(ToolError) -> String {
        guard version.major < 16 else {
            return "--compress=" + method.rawValue + (level.map { ":\($0)" } ?? "")
        }
        switch method {
        case .none: return "-Z0"
        case .gzip: return "-Z\(level ?? 6)"
        case .lz4, .zstd:
            throw ToolError(
                kind: .optionUnsupported, program: "pg_dump \(version.text)", found: "\(method.rawValue) compression",
                neededMajor: 16)
        }
    }
}
