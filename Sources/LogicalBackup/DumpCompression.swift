import Compression
public import PostgresTools

/// How archives are compressed, and by whom: `METHOD[:LEVEL]`.
public enum DumpCompression: Sendable, Hashable {
    case none
    /// By the gateway, on all cores.
    case packed(PackingMethod)
    /// By pg_dump.
    case tool(CompressionOption)

    public static let standard = packed(.deflate(.standard))

    /// Reads `none`, `deflate`, `deflate:6`, `gzip:6` (the same), `zstd:3`, `lz4`, `pg_dump:6`, `pg_dump:zstd:3`; `nil` if
    /// there is no such method or level.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let rest = parts.count == 2 ? parts[1] : nil
        switch parts[0] {
        case "none":
            guard rest == nil else { return nil }
            self = .none
        case "deflate", "gzip":
            guard let level = rest.map({ Int($0).flatMap(DeflateLevel.init) }) ?? .standard else { return nil }
            self = .packed(.deflate(level))
        case "zstd":
            guard let level = rest.map({ Int($0).flatMap(ZstdLevel.init) }) ?? .standard else { return nil }
            self = .packed(.zstd(level))
        case "lz4":
            guard let level = rest.map({ Int($0).flatMap(LZ4Level.init) }) ?? .standard else { return nil }
            self = .packed(.lz4(level))
        case "pg_dump":
            let isLevel = rest.map { Int($0) != nil } ?? true
            let option = isLevel ? ["gzip", rest].compactMap(\.self).joined(separator: ":") : rest ?? ""
            guard let option = CompressionOption(option), option != .none else { return nil }
            self = .tool(option)
        default: return nil
        }
    }

    /// How the gateway compresses, if it does.
    public var packing: PackingMethod? { if case .packed(let method) = self { method } else { nil } }

    /// What pg_dump is asked for.
    var option: CompressionOption {
        switch self {
        case .none, .packed: .none
        case .tool(let option): option
        }
    }
}

extension DumpCompression: CustomStringConvertible {
    /// As it is written.
    public var description: String {
        switch self {
        case .none: "none"
        case .packed(let method): "\(method.name):\(method.level)"
        case .tool(let option): "pg_dump:\(option)"
        }
    }
}
