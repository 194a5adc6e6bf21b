import CommandLineKit
import Diagnostics
import TestSupport
import Testing

@Suite("Any command line")
struct ParserPropertyTests {
    typealias Tool = ExampleTool

    private static let pieces =
        ExampleOptions.visible.map { "--" + $0 } + [
            "dump", "container", "create", "list", "serve", "account", "add", "help", "version", "completions", "-",
            "--", "---", "=", "--=", "-=", "-d", "-j", "-vq", "-vj4", "", " ", "az://c", "4", "-1", "\u{0}", "\u{301}",
            "-\u{301}", "--\u{301}", "-é", "--no-progress", "--no-no-progress", "9223372036854775808", "1e400", "🏗️",
            "\u{FEFF}", "\r\n", String(repeating: "v", count: 3_000), "-" + String(repeating: "vq", count: 2_000),
        ]

    @Test("is read or refused with a reason, and never traps", arguments: 0..<2_000 as Range<UInt64>)
    func anything(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let line = (0..<Int.random(in: 0...9, using: &random)).map { _ in word(&random) }
        guard let error = Tool.error(line) else { return }
        #expect(!error.summary.isEmpty && error.summary.last != ".")
        #expect(!error.summary.contains { $0.isNewline })
        #expect(error.summary.count < 300)
        #expect(error.command.hasPrefix("penstock"))
    }

    private func word(_ random: inout SeededGenerator) -> String {
        let piece = Self.pieces.randomElement(using: &random) ?? ""
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return piece + "=" + (Self.pieces.randomElement(using: &random) ?? "")
        case 1: return piece + (Self.pieces.randomElement(using: &random) ?? "")
        case 2:
            let scalars = (0..<Int.random(in: 1...6, using: &random)).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 0...0x1_1000, using: &random))
            }
            return scalars.map { String(Character($0)) }.joined()
        default: return piece
        }
    }

    @Test("means the same however it is written", arguments: 0..<500 as Range<UInt64>)
    func equivalent(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let databases = (0..<Int.random(in: 1...4, using: &random)).map { "db\($0)" }
        let jobs = Int.random(in: 1...Int.max, using: &random)
        let port = Int.random(in: 1...65_535, using: &random)
        let progress = Bool.random(using: &random)
        var parts = databases.map { option("dbname", "d", $0, &random) }
        parts.append(option("jobs", "j", String(jobs), &random))
        parts.append(option("port", "p", String(port), &random))
        parts.append(["--to=az://c"])
        var global = [[progress ? "--progress" : "--no-progress"], option("color", nil, "never", &random), ["-qv"]]
        global.shuffle(using: &random)
        let before = global.prefix(Int.random(in: 0...3, using: &random))
        let order = parts.indices.shuffled(using: &random)
        // Repeated values keep their order, so the databases are put back in theirs.
        var next = 0
        let shuffled = order.map { index -> [String] in
            guard index < databases.count else { return parts[index] }
            defer { next += 1 }
            return parts[next]
        }
        let line = before.flatMap(\.self) + ["dump"] + (shuffled + global.dropFirst(before.count)).flatMap(\.self)

        let parsed = try #require(try Tool.arguments(of: line), "\(line)")
        #expect(parsed[Tool.Dump.databases] == databases)
        #expect(parsed[Tool.Dump.jobs] == jobs)
        #expect(parsed[Tool.Connection.port] == port)
        #expect(parsed[Tool.Dump.to] == "az://c")
        #expect(parsed[Tool.Global.progress] == progress)
        #expect(parsed[Tool.Global.color] == .never)
        #expect(parsed[Tool.Global.quiet] && parsed[Tool.Global.verbose])
        #expect(!parsed[Tool.Global.json])
    }

    /// One option in one of the ways in which it can be written.
    private func option(
        _ name: String, _ letter: String?, _ value: String, _ random: inout SeededGenerator
    ) -> [String] {
        let long = [["--\(name)", value], ["--\(name)=\(value)"]]
        let short = letter.map { [["-\($0)", value], ["-\($0)\(value)"], ["-v\($0)\(value)"]] } ?? []
        return (long + short).randomElement(using: &random) ?? []
    }
}
