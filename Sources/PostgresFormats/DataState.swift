/// What the table of contents says about an entry's data.
public enum DataState: Sendable, Hashable {
    case noData
    /// There is data, and one must read the archive from the start to find it: it was written to a pipe.
    case offsetNotSet
    /// The data's block begins at this offset in the archive, in bytes.
    case offset(Int)

    public var hasData: Bool { self != .noData }
}

extension DataState {
    static let notSetFlag: UInt8 = 1
    static let setFlag: UInt8 = 2
    static let noDataFlag: UInt8 = 3

    /// The nine bytes that say this.
    var encoded: [UInt8] {
        let (flag, offset) =
            switch self {
            case .noData: (Self.noDataFlag, 0)
            case .offsetNotSet: (Self.notSetFlag, 0)
            case .offset(let offset): (Self.setFlag, offset)
            }
        return [flag] + (0..<8).map { UInt8(truncatingIfNeeded: offset >> ($0 * 8)) }
    }
}
