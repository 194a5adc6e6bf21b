import ByteStreams
import PostgresFormats
import PostgresTools
import Subprocesses
import SystemCalls

extension PackingMethod {
    /// What is to be said of a pg_restore that was built without this method; `nil` if it was built with it.
    ///
    /// It is asked with an archive that is empty. Throws `SubprocessError` if it cannot be run.
    func warning(of restore: InstalledTool, environment: [String: String]) async throws -> String? {
        guard firstMajor > 0 else { return nil }
        // Its messages must be in English.
        let plain = environment.filter { ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"].contains($0.key) }
            .merging(["LC_ALL": "C.UTF-8"]) { $1 }
        let command = Command(executable: restore.path, arguments: ["--list"], environment: plain)
        let archive = ArchiveHeader.emptyArchive(compressedBy: compression)
        let messages = ToolMessages()
        try await withSubprocess(
            command, standardInput: .pipe, standardOutput: .pipe, receiveMessage: { messages.receive($0) }
        ) { process in
            async let feeding: Void = process.input.feed(MemorySource(archive))
            while try await !([UInt8].filled(capacity: 4096) { try await process.output.read(into: &$0) }).isEmpty {}
            try await feeding
        }
        guard messages.all.contains(where: { $0.text.contains("does not support compression") }) else { return nil }
        return "pg_restore \(restore.version.text) was built without \(name) and cannot restore this; another one can"
    }
}
