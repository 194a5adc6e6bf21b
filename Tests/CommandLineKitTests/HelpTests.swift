import CommandLineKit
import TestSupport
import Testing

@Suite("Help")
struct HelpTests {
    static let paths: [[String]] = [
        [], ["dump"], ["container"], ["container", "create"], ["container", "list"], ["container", "remove"],
        ["serve"], ["serve", "account"], ["serve", "account", "add"], ["version"], ["help"], ["manual"],
        ["completions"],
    ]

    @Test(
        "reads as the golden files do",
        arguments: [
            ("help", []), ("help-dump", ["dump"]), ("help-container", ["container"]),
            ("help-container-list", ["container", "list"]), ("help-serve", ["serve"]),
            ("help-completions", ["completions"]),
        ] as [(String, [String])])
    func golden(name: String, path: [String]) {
        expectGolden(ExampleTool.tree.text(of: .help(path)), name)
    }

    @Test("wraps at narrow widths as the golden file does")
    func narrow() {
        expectGolden(ExampleTool.tree.text(of: .help(["dump"]), style: HelpStyle(width: 50)), "help-dump-narrow")
    }

    @Test("keeps to its width, without trailing blanks", arguments: paths, [40, 60, 80, 200])
    func width(path: [String], width: Int) {
        let text = ExampleTool.tree.text(of: .help(path), style: HelpStyle(width: width))
        #expect(text.hasSuffix("\n") && !text.hasSuffix("\n\n"))
        let isCommandLine = { (line: Substring) in line.contains(/penstock|az storage|COMMAND|[-]-/) }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            #expect(line.last != " ", "\(line)")
            #expect(line.count <= width || isCommandLine(line), "\(line)")
            #expect(line.count <= width || width < 80, "\(line)")
        }
    }

    @Test("is the same text with and without emphasis, but for the emphasis", arguments: paths)
    func emphasis(path: [String]) {
        let plain = ExampleTool.tree.text(of: .help(path))
        let strong = ExampleTool.tree.text(of: .help(path), style: HelpStyle(isEmphasized: true))
        #expect(!plain.contains("\u{1B}"))
        #expect(strong.contains("\u{1B}[1m"))
        #expect(strong.replacing("\u{1B}[1m", with: "").replacing("\u{1B}[0m", with: "") == plain)
    }

    @Test("names every option and command, and no hidden one")
    func complete() {
        let everything = Self.paths.map { ExampleTool.tree.text(of: .help($0)) }.joined()
        for option in ExampleOptions.visible { #expect(everything.contains("--\(option)"), "\(option)") }
        for path in Self.paths.dropFirst() { #expect(everything.contains("penstock " + path.joined(separator: " "))) }
        #expect(!everything.contains("--trace"))
    }
}

/// The long names of the example tool's options.
enum ExampleOptions {
    static let visible = [
        "json", "quiet", "verbose", "color", "memory", "host", "port", "no-password", "dbname", "all-databases", "to",
        "from", "jobs", "clean", "if-exists", "data", "help",
    ]
}
