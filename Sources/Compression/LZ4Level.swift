/// How hard to compress into lz4 blocks.
public struct LZ4Level: Sendable, Hashable {
    /// From 3 on lz4 looks for better matches, which takes five times as long and more.
    public static let all = 0...12
    public static let standard = LZ4Level(unchecked: 0)

    /// In ``all``.
    public let number: Int

    /// `nil` if there is no such level.
    public init?(_ number: Int) {
        guard Self.all.contains(number) else { return nil }
        self.init(unchecked: number)
    }

    private init(unchecked number: Int) { self.number = number }
}
