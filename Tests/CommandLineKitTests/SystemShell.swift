import FoundationEssentials
import Glibc

/// Runs shell commands that judge what this module writes: only the shells know their own grammar.
enum SystemShell {
    struct Result: Equatable {
        let status: Int32
        let output: String
        let errors: String
    }

    static func has(_ program: String) -> Bool { unsafe system("command -v \(program) >/dev/null 2>&1") == 0 }

    /// Runs `command` in a new directory that holds `files`, and removes the directory.
    static func run(_ command: String, files: [String: String]) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "penstock-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
        let base = folder.path
        let status = unsafe system("cd '\(base)' && { \(command); } </dev/null >'\(base).out' 2>'\(base).err'")
        func read(_ suffix: String) throws -> String {
            let file = folder.deletingLastPathComponent().appending(path: folder.lastPathComponent + suffix)
            defer { try? FileManager.default.removeItem(at: file) }
            return String(decoding: try Data(contentsOf: file), as: UTF8.self)
        }
        return Result(status: status, output: try read(".out"), errors: try read(".err"))
    }
}
