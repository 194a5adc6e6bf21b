public import Compression
import PostgresFormats

/// How the gateway compresses the data of archives.
public enum PackingMethod: Sendable, Hashable {
    /// One zlib stream for each table, and for each large object.
    case deflate(DeflateLevel)
    /// Frames one behind the other, each in a chunk of its own.
    case zstd(ZstdLevel)
    /// One frame of blocks that do not know of each other.
    case lz4(LZ4Level)

    /// What the header of the archive says.
    var compression: ArchiveCompression {
        switch self {
        case .deflate(let level): .zlib(level: level.number)
        case .zstd: .zstd
        case .lz4: .lz4
        }
    }

    /// As it is written before a level.
    var name: String {
        switch self {
        case .deflate: "deflate"
        case .zstd: "zstd"
        case .lz4: "lz4"
        }
    }

    var level: Int {
        switch self {
        case .deflate(let level): level.number
        case .zstd(let level): level.number
        case .lz4(let level): level.number
        }
    }

    /// The first pg_dump whose archives can say it; others know zlib only.
    var firstMajor: Int {
        switch self {
        case .deflate: 0
        case .zstd, .lz4: 16
        }
    }

    /// Bytes that a thread takes beside the pieces, where they are more than half a megabyte.
    var workspace: Int {
        switch self {
        case .deflate, .lz4: 0
        case .zstd(let level): level.workspace
        }
    }
}
