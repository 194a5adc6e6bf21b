/// The framing of data in an archive, as pg_dump writes it: docs/formats/archive.md.
public enum BlockFraming {
    /// What stands before a member's data.
    public static func start(of member: ArchiveMember) -> [UInt8] {
        [member.kind == .tableData ? 1 : 3] + integer(member.dumpID.rawValue)
    }

    /// What stands before the data of a large object.
    public static func start(ofLargeObject oid: UInt32) -> [UInt8] { integer(Int32(bitPattern: oid)) }

    /// What stands before a chunk of that many bytes, at least one.
    public static func chunk(of count: Int) -> [UInt8] { integer(Int32(count)) }

    /// What ends the data of a table, or of a large object; and once more, the large objects of a member.
    public static let end = integer(0)

    /// A sign, and a magnitude with the least significant byte first.
    static func integer(_ value: Int32) -> [UInt8] {
        [value < 0 ? 1 : 0] + (0..<4).map { UInt8(truncatingIfNeeded: value.magnitude >> ($0 * 8)) }
    }
}
