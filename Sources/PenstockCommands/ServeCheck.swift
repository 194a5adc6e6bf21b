import CommandLineKit
import Diagnostics
import DirectoryStore
import SystemCalls

/// `penstock serve --check`: whether a directory is sound.
enum ServeCheck {
    static func run(_ arguments: ParsedArguments, _ world: World, _ reporter: Reporter) async throws -> ExitCode {
        guard let data = arguments[ServeCommand.data] else { throw arguments.refusal("--check needs --data") }
        var isSound = true
        for directory in try directories(data) {
            let check = try await DirectoryCheck.run(path: directory)
            for finding in check.findings { try show(finding, directory, world, reporter) }
            isSound = isSound && check.count(.damage) + check.count(.waste) == 0
            let report = Report(directory, check)
            if reporter.isJSON { try world.console.json(report) }
            reporter.say(report.text)
        }
        return isSound ? .done : .checkFoundErrors
    }

    /// The directory, or those of the accounts in it.
    private static func directories(_ data: String) throws -> [String] {
        guard !DirectoryAccount.isStore(data), Files.isDirectory(data) else { return [data] }
        let accounts = try Files.names(in: data).sorted().map { data + "/" + $0 }.filter(DirectoryAccount.isStore)
        return accounts.isEmpty ? [data] : accounts
    }

    private static func show(
        _ finding: DirectoryFinding, _ directory: String, _ world: World, _ reporter: Reporter
    ) throws {
        guard reporter.isJSON else {
            let label = "\(finding.severity.rawValue) \(finding.kind.rawValue)"
            return try world.console.line("\(label): \(finding.subject): \(finding.text). \(finding.remedy)")
        }
        try world.console.json(
            [
                "type": "finding", "directory": directory, "severity": finding.severity.rawValue,
                "kind": finding.kind.rawValue, "subject": finding.subject, "text": finding.text,
                "remedy": finding.remedy,
            ])
    }

    private struct Report: Encodable {
        let type = "check"
        let directory: String
        let blobs: Int
        let pieces: Int
        let bytes: Int
        let damage: Int
        let waste: Int
        let leftover: Int

        init(_ directory: String, _ check: DirectoryCheck) {
            self.directory = directory
            blobs = check.blobs
            pieces = check.pieces
            bytes = check.bytes
            damage = check.count(.damage)
            waste = check.count(.waste)
            leftover = check.count(.leftover)
        }

        var text: String {
            "\(directory): \(blobs) blobs, \(ByteCount(bytes)): \(damage) damaged, \(waste) wasted, \(leftover) left over"
        }
    }
}
