import PostgresFormats
import TestSupport
import Testing

@testable import LogicalBackup

@Suite("Batches of members")
struct RestoreBatchTests {
    /// Members one behind the other, from byte 1,000 on.
    private func members(_ sizes: [Int]) throws -> [StoredArchive.Member] {
        var start = 1000
        return try sizes.enumerated().map { index, size in
            defer { start += size }
            return StoredArchive.Member(
                dumpID: try #require(DumpID(Int32(index) + 1)), range: start..<start + size)
        }
    }

    private let large = RestoreBatch.largeSize

    @Test("are the largest first, and have the large members alone")
    func order() throws {
        let members = try members([100, large, 200, large + 1, 300])
        let batches = RestoreBatch.plan(members)
        #expect(batches.map { $0.members.map(\.dumpID.rawValue) } == [[4], [2], [5], [3], [1]])
    }

    @Test("have neighbours together, so that no part of the archive is read for many of them")
    func neighbours() throws {
        var generator = SeededGenerator(seed: 7)
        let members = try members((0..<5000).map { _ in .random(in: 16...200_000, using: &generator) })
        let batches = RestoreBatch.plan(members)
        #expect(batches.flatMap(\.members).count == members.count)
        #expect(Set(batches.flatMap(\.members)) == Set(members))
        #expect(batches.map(\.size) == batches.map(\.size).sorted(by: >))
        #expect(batches.allSatisfy { $0.ranges.count == 1 && $0.members.count <= RestoreBatch.mostMembers })
        // Every piece is read for the batch that begins in it, and for the one whose end reaches into it.
        let data = 1000..<(members.last?.range.upperBound ?? 0)
        let read = batches.flatMap(\.ranges).reduce(0) { sum, range in
            let first = (range.lowerBound - 1000) / large
            let last = (range.upperBound - 1 - 1000) / large
            return sum + (last - first + 1) * large
        }
        #expect(read <= 2 * (data.count + large))
    }

    @Test("hold no more members than a transaction should lock tables")
    func many() throws {
        let batches = RestoreBatch.plan(try members(Array(repeating: 20, count: 1001)))
        #expect(batches.map(\.members.count) == [400, 400, 201])
    }

    @Test("read two runs where something between them is not wanted")
    func gap() throws {
        let all = try members([10, 20, 30, 40])
        let batch = try #require(RestoreBatch.plan([all[0], all[1], all[3]]).first)
        #expect(batch.ranges == [1000..<1030, 1060..<1100])
        #expect(batch.member(at: 1029) == all[1])
        #expect(batch.member(at: 1030) == nil)
    }

    @Test("are none without members")
    func none() { #expect(RestoreBatch.plan([]).isEmpty) }
}
