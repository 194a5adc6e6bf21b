import BlobStorage
import FoundationEssentials
import LocalIndex

extension IndexConnection {
    /// The number of a container; throws `containerNotFound`.
    mutating func number(of container: ContainerName) throws -> Int {
        let found = try first("SELECT id FROM container WHERE name = ?", [.text(container.text)]) { $0.integer(0) }
        guard let found else { throw BlobStoreError(.containerNotFound, subject: container.text) }
        return found
    }

    private static let containerColumns =
        "c.tag, c.modified, c.metadata, c.access, c.policies, " + leaseColumns("c")

    private static func properties(
        of container: ContainerName, _ row: borrowing IndexRow, from column: Int
    ) -> ContainerProperties {
        let policies = row.text(column + 4).flatMap {
            try? JSONDecoder().decode([ContainerAccess.Policy].self, from: Data($0.utf8))
        }
        return ContainerProperties(
            name: container, tag: ETag(row.text(column) ?? ""), lastModified: Date(seconds: row.integer(column + 1)),
            metadata: Metadata.decode(row.text(column + 2)),
            access: ContainerAccess(
                publicAccess: ContainerAccess.Public(rawValue: row.text(column + 3) ?? "") ?? .nothing,
                policies: policies ?? []),
            lease: lease(row, from: column + 5))
    }

    mutating func properties(of container: ContainerName) throws -> ContainerProperties {
        let found = try first(
            "SELECT \(Self.containerColumns) FROM container c WHERE c.name = ?", [.text(container.text)]
        ) { Self.properties(of: container, $0, from: 0) }
        guard let found else { throw BlobStoreError(.containerNotFound, subject: container.text) }
        return found
    }

    mutating func create(_ container: ContainerProperties) throws {
        let exists = try first("SELECT 1 FROM container WHERE name = ?", [.text(container.name.text)]) { _ in true }
        guard exists == nil else { throw BlobStoreError(.containerAlreadyExists, subject: container.name.text) }
        let modified = IndexValue.integer(container.lastModified.seconds)
        try run(
            "INSERT INTO container (name, tag, modified, created, metadata, access) VALUES (?, ?, ?, ?, ?, ?)",
            [
                .text(container.name.text), .text(container.tag.text), modified, modified,
                .text(Metadata.encode(container.metadata)), .text(container.access.publicAccess.rawValue),
            ])
    }

    /// Takes a container's name away, so that it is gone at once; its blobs are collected afterwards.
    mutating func remove(_ container: ContainerName, if condition: AccessCondition, now: Date) throws {
        let found = try properties(of: container)
        let lease = Lease.refusal(of: .write, id: condition.lease, lease: found.lease, at: now)
        if let refusal = condition.refusal(of: .write, state: (found.tag, found.lastModified)) ?? lease {
            throw BlobStoreError(refusal, subject: container.text)
        }
        try run("UPDATE container SET name = NULL WHERE name = ?", [.text(container.text)])
    }

    mutating func containers(prefix: String, marker: String?, limit: Int) throws -> ContainerPage {
        var found: [ContainerProperties] = []
        var more = false
        let start: IndexValue = .textBytes(
            max(Array(prefix.utf8), marker.map { Array($0.utf8) + [0] } ?? []) { $0.lexicographicallyPrecedes($1) })
        try forEach(
            "SELECT c.name, \(Self.containerColumns) FROM container c WHERE c.name >= ? ORDER BY c.name", [start]
        ) { row in
            guard let text = row.text(0), text.hasPrefix(prefix), let name = try? ContainerName(text) else {
                return false
            }
            more = found.count == limit
            guard !more else { return false }
            found.append(Self.properties(of: name, row, from: 1))
            return true
        }
        return ContainerPage(containers: found, next: more ? found.last?.name.text : nil)
    }
}

private func max(_ left: [UInt8], _ right: [UInt8], by precedes: ([UInt8], [UInt8]) -> Bool) -> [UInt8] {
    precedes(left, right) ? right : left
}

extension Date {
    init(seconds: Int) { self.init(timeIntervalSince1970: Double(seconds)) }

    /// Whole seconds since 1970.
    var seconds: Int { Int(timeIntervalSince1970.rounded(.down)) }
}

/// Metadata as JSON text, which `sqlite3` can read.
enum Metadata {
    static func encode(_ metadata: [String: String]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(metadata), as: UTF8.self)
    }

    static func decode(_ text: String?) -> [String: String] {
        text.flatMap { try? JSONDecoder().decode([String: String].self, from: Data($0.utf8)) } ?? [:]
    }
}
