import ByteStreams
import Subprocesses
import SystemCalls

/// Finds the client programs of PostgreSQL on this machine.
///
/// Searched in order: the directory of `--pg-bin`, and if that is given nothing else; `PATH`; and the directories in
/// which Debian keeps each version, `/usr/lib/postgresql/*/bin`.
public struct ToolFinder: Sendable {
    private let explicitDirectory: String?
    private let environment: [String: String]
    private let versionsDirectory: String

    /// - Parameters:
    ///   - explicitDirectory: The value of `--pg-bin`.
    ///   - environment: This process's; `PATH` is searched, and the programs are asked for their version with it.
    public init(
        explicitDirectory: String?, environment: [String: String], versionsDirectory: String = "/usr/lib/postgresql"
    ) {
        self.explicitDirectory = explicitDirectory
        self.environment = environment
        self.versionsDirectory = versionsDirectory
    }

    /// The best installed program by `rule`.
    ///
    /// Throws ``ToolError``.
    public func find(_ tool: Tool, for rule: ToolRule) async throws -> InstalledTool {
        let installed = try await installed(tool)
        if let best = rule.choose(from: installed) { return best }
        let newest = installed.max { $0.version < $1.version }
        throw ToolError(
            kind: newest == nil ? .toolMissing : .tooOld, program: tool.program, found: newest?.version.text,
            neededMajor: rule.leastMajor)
    }

    /// Every version of a program that was found, in the order of the search.
    ///
    /// Programs that cannot be run, or are something else, are passed over, unless `--pg-bin` names them.
    public func installed(_ tool: Tool) async throws -> [InstalledTool] {
        var installed: [InstalledTool] = []
        for path in candidates(tool) where Files.isExecutable(path) {
            do {
                installed.append(InstalledTool(tool: tool, path: path, version: try await version(of: tool, at: path)))
            } catch let error where !(error is CancellationError) && explicitDirectory == nil {
                continue
            }
        }
        return installed
    }

    private func candidates(_ tool: Tool) -> [String] {
        if let explicitDirectory { return [explicitDirectory + "/" + tool.program] }
        let path = (environment["PATH"] ?? "").split(separator: ":").filter { $0.hasPrefix("/") }
        let names = (try? Files.names(in: versionsDirectory)) ?? []
        let versions = names.sorted { (Int($0) ?? 0, $0) > (Int($1) ?? 0, $1) }
        let all =
            path.map { "\($0)/\(tool.program)" } + versions.map { "\(versionsDirectory)/\($0)/bin/\(tool.program)" }
        var seen = Set<String>()
        return all.filter { seen.insert($0).inserted }
    }

    private func version(of tool: Tool, at path: String) async throws -> ToolVersion {
        let command = Command(
            executable: path, arguments: ["--version"],
            environment: environment.filter { ["PATH", "HOME", "LD_LIBRARY_PATH"].contains($0.key) })
        let answer = try await withSubprocess(command, standardInput: .null, standardOutput: .pipe) { process in
            var bytes: [UInt8] = []
            while bytes.count < 4096 {
                let piece = try await [UInt8].filled(capacity: 4096) { try await process.output.read(into: &$0) }
                if piece.isEmpty { break }
                bytes += piece
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        guard answer.hasPrefix(tool.program), let version = ToolVersion(answer: answer) else {
            throw ToolError(kind: .notUnderstood, program: path, found: String(answer.prefix(80)))
        }
        return version
    }
}
