import BlobStorage
import FoundationEssentials
import LocalIndex

// Leases stand beside what they are of, in the tables `blob` and `container`: times in milliseconds since 1970.

extension IndexConnection {
    static func leaseColumns(_ table: String) -> String {
        "\(table).lease_id, \(table).lease_seconds, \(table).lease_end, \(table).lease_broken"
    }

    static func lease(_ row: borrowing IndexRow, from column: Int) -> Lease? {
        guard let id = LeaseID(row.text(column) ?? "") else { return nil }
        return Lease(
            id: id, duration: row.isNull(column + 1) ? nil : row.integer(column + 1),
            end: row.isNull(column + 2) ? nil : Date(milliseconds: row.integer(column + 2)),
            broken: row.isNull(column + 3) ? nil : Date(milliseconds: row.integer(column + 3)))
    }

    /// Writes down, or forgets, the lease of the row of that number in `blob` or `container`.
    mutating func setLease(_ lease: Lease?, table: LeaseTable, row: Int) throws {
        try run(
            "UPDATE \(table.rawValue) SET lease_id = ?, lease_seconds = ?, lease_end = ?, lease_broken = ? WHERE id = ?",
            [
                .optional(lease?.id.text), lease?.duration.map { .integer($0) } ?? .null,
                lease?.end.map { .integer($0.milliseconds) } ?? .null,
                lease?.broken.map { .integer($0.milliseconds) } ?? .null, .integer(row),
            ])
    }

    enum LeaseTable: String { case blob, container }
}

extension Date {
    init(milliseconds: Int) { self.init(timeIntervalSince1970: Double(milliseconds) / 1000) }

    /// Since 1970.
    var milliseconds: Int { Int((timeIntervalSince1970 * 1000).rounded()) }
}
