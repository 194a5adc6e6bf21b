import PostgresFormats
import Testing

@Suite("Dependency order")
struct DependencyOrderTests {
    private func order(_ dependencies: [Int32: [Int32]], listed: [Int32]) throws -> [Int32] {
        let entries = listed.map {
            ArchiveEncoder.Entry(dumpID: $0, dependencies: (dependencies[$0] ?? []).map(String.init))
        }
        let contents = try indexed(ArchiveEncoder(entries: entries).encoded()).contents
        return try contents.inDependencyOrder().map(\.dumpID.rawValue)
    }

    @Test("is that of a real archive", arguments: Fixture.archives)
    func golden(name: String) throws {
        let contents = try Fixture(name).contents()
        #expect(try contents.inDependencyOrder().map(\.dumpID) == contents.map(\.dumpID))
    }

    @Test("moves an entry before those that need it, and no other")
    func moved() throws {
        #expect(try order([1: [3], 3: [4, 99]], listed: [5, 1, 2, 3, 4]) == [5, 4, 3, 1, 2])
    }

    @Test("does not exist for a cycle", arguments: [[1: [1]], [1: [2], 2: [1]], [1: [2], 2: [3, 3], 3: [4, 1]]])
    func cycle(dependencies: [Int32: [Int32]]) {
        let error = #expect(throws: ArchiveError.self) { try order(dependencies, listed: [1, 2, 3, 4]) }
        #expect(error?.kind == .dependencyCycle)
    }

    @Test("is found for a chain of any length")
    func chain() throws {
        let listed = Array(1...20_000 as ClosedRange<Int32>)
        let dependencies = Dictionary(uniqueKeysWithValues: listed.dropLast().map { ($0, [$0 + 1]) })
        var wide = ArchiveIndexer(maximumPrefixSize: 16 << 20)
        let entries = listed.map {
            ArchiveEncoder.Entry(dumpID: $0, dependencies: (dependencies[$0] ?? []).map(String.init))
        }
        _ = try feed(ArchiveEncoder(entries: entries).encoded(), to: &wide)
        let order = try wide.finish().contents.inDependencyOrder()
        #expect(order.map(\.dumpID.rawValue) == listed.reversed())
    }
}
