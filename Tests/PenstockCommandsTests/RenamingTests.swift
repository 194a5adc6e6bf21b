import Testing

@testable import PenstockCommands

@Suite("Renamings")
struct RenamingTests {
    private func meanings(_ text: String, _ databases: [String]) throws -> [String] {
        try #require(Renaming(text)).meanings(among: databases).map { "\($0.old) > \($0.new)" }
    }

    @Test("names with an equals sign are told apart by the databases that there are")
    func signs() throws {
        #expect(try meanings("a=b", ["a", "x"]) == ["a > b"])
        #expect(try meanings("a=b=c", ["a"]) == ["a > b=c"])
        #expect(try meanings("a=b=c", ["a=b"]) == ["a=b > c"])
        #expect(try meanings("a=b=c", ["a", "a=b"]) == ["a > b=c", "a=b > c"])
        #expect(try meanings("a==b", ["a="]) == ["a= > b"])
        // Refused later, as a database that there is not.
        #expect(try meanings("z=b=c", ["a"]) == ["z > b=c"])
    }

    @Test("a name on each side is needed", arguments: ["a", "=", "a=", "=b", ""])
    func refused(text: String) { #expect(Renaming(text) == nil) }
}
