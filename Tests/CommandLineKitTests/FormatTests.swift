import CommandLineKit
import Diagnostics
import Testing

@Suite("Value formats")
struct FormatTests {
    private func tree<Value>(_ option: Option<Value>) -> CommandTree<Void> {
        CommandTree(
            "tool", version: "1", summary: "Do things", globalOptions: [option],
            groups: [CommandGroup("All", [Command("do", summary: "Do") { _, _ in .done }])])
    }

    private func read<Item>(_ text: String, _ format: ValueFormat<Item>) -> Item? {
        let option = Option("value", format, help: "the value")
        guard case .run(let run) = try? tree(option).parse(["do", "--value=" + text]) else { return nil }
        return run.arguments[option]
    }

    @Test(
        "read whole numbers in range, in digits only",
        arguments: [
            ("0", 0), ("007", 7), ("-3", -3), ("9", 9), ("10", nil), ("-4", nil), ("+1", nil), ("", nil), ("-", nil),
            ("1.0", nil), ("١", nil), (" 1", nil), ("99999999999999999999", nil),
        ] as [(String, Int?)])
    func wholeNumbers(text: String, number: Int?) {
        #expect(read(text, .wholeNumber(from: -3, to: 9)) == number)
    }

    @Test(
        "read sizes in binary units",
        arguments: [("64M", 64 << 20), ("1.5G", 3 << 29), ("0", 0), ("-1", nil), ("", nil), ("many", nil)]
            as [(String, Int?)])
    func sizes(text: String, bytes: Int?) {
        #expect(read(text, .byteCount())?.bytes == bytes)
    }

    @Test("refuse empty paths and unknown words")
    func words() {
        #expect(read("", .file()) == nil)
        #expect(read("", .directory()) == nil)
        #expect(read("", .text("X")) == "")
        #expect(read("a", .word("X", among: ["a", "b"])) == "a")
        #expect(read("c", .word("X", among: ["a", "b"])) == nil)
    }
}
