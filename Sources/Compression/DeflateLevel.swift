/// How hard to compress into a deflate stream.
///
/// Levels 1 to 3 are ISA-L's, 4 to 9 zlib's, which is five to six times slower: docs/decisions/0007.
public struct DeflateLevel: Sendable, Hashable {
    public static let all = 1...9
    public static let standard = DeflateLevel(unchecked: 3)

    /// In ``all``.
    public let number: Int

    /// `nil` if there is no such level.
    public init?(_ number: Int) {
        guard Self.all.contains(number) else { return nil }
        self.init(unchecked: number)
    }

    private init(unchecked number: Int) { self.number = number }

    var isFast: Bool { number <= 3 }

    /// The two bytes that begin a zlib stream (RFC 1950): deflate, a window of 32 KiB, and a hint at the level.
    public var streamHeader: [UInt8] {
        switch number {
        case 1: [0x78, 0x01]
        case 2...5: [0x78, 0x5E]
        case 6: [0x78, 0x9C]
        default: [0x78, 0xDA]
        }
    }
}
