/// How hard to compress into zstd frames.
public struct ZstdLevel: Sendable, Hashable {
    public static let all = 1...22
    public static let standard = ZstdLevel(unchecked: 3)

    /// In ``all``.
    public let number: Int

    /// `nil` if there is no such level.
    public init?(_ number: Int) {
        guard Self.all.contains(number) else { return nil }
        self.init(unchecked: number)
    }

    private init(unchecked number: Int) { self.number = number }

    /// Bytes that a compressor takes for parts of up to 1 MiB; measured with zstd 1.5.4 and rounded up.
    public var workspace: Int {
        switch number {
        case ...3: 2 << 20
        case ...6: 4 << 20
        case ...8: 7 << 20
        case ...12: 13 << 20
        default: 18 << 20
        }
    }
}
