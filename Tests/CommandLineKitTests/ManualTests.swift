import CommandLineKit
import TestSupport
import Testing

@Suite("The manual page")
struct ManualTests {
    private let page = ExampleTool.tree.text(of: .manual)

    @Test("reads as the golden file does")
    func golden() { expectGolden(page, "manual") }

    @Test("names every option, with dashes that can be copied")
    func complete() {
        for option in ExampleOptions.visible {
            #expect(page.contains("\\fB" + "--\(option)".replacing("-", with: "\\-") + "\\fR"), "\(option)")
        }
        #expect(page.contains("\\fB\\-\\-no\\-progress\\fR"))
        #expect(!page.contains("trace"))
    }

    @Test("has no line that roff would take for an unknown request, and no trailing blanks")
    func requests() {
        let known: Set<Substring> = [".TH", ".SH", ".SS", ".PP", ".TP", ".RS", ".RE", ".nf", ".fi", ".nh", ".ad"]
        for line in page.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            #expect(!line.isEmpty && line.last != " " && line.first != "'", "\(line)")
            let macro = line.prefix { $0 != " " }
            #expect(line.first != "." || known.contains(macro), "\(line)")
        }
    }

    @Test("is accepted by groff without a warning", .enabled(if: SystemShell.has("groff"), "groff is not installed"))
    func groff() throws {
        let result = try SystemShell.run("groff -man -Tutf8 -ww -z page", files: ["page": page])
        #expect(result == SystemShell.Result(status: 0, output: "", errors: ""))
    }
}
