import CommandLineKit
import PenstockCommands
import TestSupport
import Testing

@Suite("The tool's commands")
struct TreeTests {
    private static let paths: [[String]] = [
        [], ["dump"], ["restore"], ["list"], ["show"], ["verify"], ["orphans"], ["upload"], ["download"], ["copy"],
        ["blob"],
        ["blob", "list"], ["blob", "stat"], ["blob", "remove"], ["container"], ["container", "create"],
        ["container", "list"], ["container", "remove"], ["serve"], ["serve", "account"],
        ["serve", "account", "add"], ["serve", "account", "list"], ["serve", "account", "remove"],
        ["serve", "account", "rotate"], ["check"], ["check", "account"], ["check", "location"], ["whoami"], ["explain"],
        ["version"], ["help"], ["manual"],
        ["completions"],
    ]

    @Test("are described without a fault") func faults() { #expect(Penstock.tree.faults.isEmpty) }

    @Test(
        "are explained as the golden files say",
        arguments: [
            ("help", []), ("help-dump", ["dump"]), ("help-restore", ["restore"]), ("help-verify", ["verify"]),
            ("help-check-account", ["check", "account"]), ("help-check-location", ["check", "location"]),
            ("help-copy", ["copy"]),
        ]
            as [(String, [String])])
    func golden(name: String, path: [String]) { expectGolden(Penstock.tree.text(of: .help(path)), name) }

    @Test("have pages that refer only to pages there are", arguments: paths)
    func references(path: [String]) throws {
        let text = Penstock.tree.text(of: .help(path))
        for reference in text.matches(of: /penstock help ((?:[a-z]+ ?)+)/) {
            let words = reference.1.split(separator: " ").map(String.init)
            #expect(Self.paths.contains(words) || words.first == "for", "\(words)")
        }
    }

    @Test("have a manual page that names each of them")
    func manual() {
        let manual = Penstock.tree.text(of: .manual)
        for path in Self.paths.dropFirst() { #expect(manual.contains(path.joined(separator: " ")), "\(path)") }
    }
}
