import BackupModel
import BlobStorage
import SystemCalls
import TestSupport
import Testing

@testable import PenstockCommands

@Suite("What a location names")
struct ChoiceTests {
    @Test("an empty directory is where a store begins; the rest is container and path")
    func emptyDirectory() async throws {
        try await withTemporaryDirectory { directory in
            let found = try DirectoryChoice.split(Location("file://\(directory)/backups/a/b"), creating: true)
            #expect(found.root == directory)
            #expect(Array(found.rest) == ["backups", "a", "b"])
        }
    }

    @Test("a directory that holds something else, or is not there, is refused")
    func foreignDirectory() async throws {
        try await withTemporaryDirectory { directory in
            try Files.makeDirectory(directory + "/store")
            try Files.makeDirectory(directory + "/store/something")
            for path in ["/store/backups", "/backups"] {
                #expect(throws: LocationError.self) {
                    try DirectoryChoice.split(Location("file://\(directory)\(path)"), creating: true)
                }
            }
            // A container may be named as a directory in the way is: then that is where the store begins.
            let found = try DirectoryChoice.split(
                Location("file://\(directory)/store/something"), creating: true)
            #expect(found.root == directory + "/store/something")
            #expect(found.rest.isEmpty)
        }
    }

    @Test(
        "the text that a dump prints leads to its recovery point again, whatever its name",
        arguments: ["nightly", "what?", "a#b", "a b", "ünï", "a+b&c=d", "\u{301}"],
        ["az://backups/nightly", "https://acct.blob.core.windows.net/backups", "file:///var/store/backups/"])
    func recoveryPoint(name: String, folder: String) throws {
        let name = try RecoveryPointName(name)
        let text = RecoveryPointChoice.text(of: name, in: try Location(folder))
        let found = try RecoveryPointChoice.split(Location(text))
        #expect(found.name == name)
        #expect(found.folder.parts == (try Location(folder)).parts)
    }
}

@Suite("Tables of text")
struct TextTableTests {
    @Test("align their columns and end without blanks")
    func aligned() {
        var table = TextTable([("size", .right), ("name", .left), ("note", .left)])
        table.add(["1.0 MiB", "a", ""])
        table.add(["7 B", "länger", "x"])
        #expect(table.lines == ["   size  name    note", "1.0 MiB  a", "    7 B  länger  x"])
    }

    @Test("have a line of titles even when they are empty") func empty() {
        #expect(TextTable([("a", .left), ("b", .right)]).lines == ["a  b"])
    }
}
