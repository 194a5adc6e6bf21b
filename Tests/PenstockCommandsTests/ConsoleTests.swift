import BackupModel
import Diagnostics
import FoundationEssentials
import SystemCalls
import Testing

@testable import PenstockCommands

@Suite("The console")
struct ConsoleTests {
    /// What `body` writes to standard output and to standard error, each less than a pipe holds.
    private func written(_ body: (Console) throws -> Void) throws -> (output: String, errors: String) {
        let output = try Pipe()
        let errors = try Pipe()
        try body(Console(output: output.writing.duplicate(), errors: errors.writing.duplicate()))
        // So that a read of nothing does not wait.
        let end: [UInt8] = [0]
        try output.writing.write(end.span)
        try errors.writing.write(end.span)
        return (try Self.text(output.reading), try Self.text(errors.reading))
    }

    private static func text(_ descriptor: borrowing Descriptor) throws -> String {
        let bytes = try [UInt8](filling: 60_000) { _ = try descriptor.read(into: &$0) }
        return String(decoding: bytes.dropLast(), as: UTF8.self)
    }

    @Test("writes data to standard output and words to standard error")
    func apart() throws {
        let (output, errors) = try written { console in
            try console.line("data")
            console.say("words")
        }
        #expect(output == "data\n")
        #expect(errors == "words\n")
    }

    @Test("wipes the line of progress before anything else is written")
    func progress() throws {
        let errors = try written { console in
            console.showProgress("half")
            console.say("words")
            console.endProgress()
        }.errors
        #expect(errors == "\r\u{1B}[Khalf\r\u{1B}[Kwords\n")
    }

    @Test("writes a JSON document on one line, its keys sorted and its times in ISO 8601")
    func json() throws {
        struct Line: Encodable {
            let type = "line"
            let path = "a/b\nc"
            let at = Date(timeIntervalSince1970: 0)
        }
        let output = try written { try $0.json(Line()) }.output
        #expect(output == #"{"at":"1970-01-01T00:00:00Z","path":"a/b\nc","type":"line"}"# + "\n")
    }

    @Test("shows a manifest with all its fields and a type")
    func manifest() throws {
        let manifest = Manifest(
            name: try RecoveryPointName("n"), state: .complete, taken: Date(timeIntervalSince1970: 0),
            finished: Date(timeIntervalSince1970: 0),
            server: Manifest.Server(host: "h", port: "1", version: "15", versionNumber: 150000), tools: [:],
            options: [:], databases: [], scripts: [], skipped: [], warnings: [])
        let output = try written { try $0.json(ManifestLine(manifest: manifest)) }.output
        #expect(output.contains(#""type":"manifest""#))
        #expect(output.contains(#""format":"penstock-manifest""#))
        #expect(try Manifest(decoding: Array(output.utf8)) == manifest)
    }

    @Test("a reader that has gone away is an error")
    func closedPipe() throws {
        let pipe = try Pipe()
        let console = Console(output: try pipe.reading.duplicate(), errors: try pipe.reading.duplicate())
        #expect(throws: SystemError.self) { try console.line("data") }
        console.say("nobody hears this, and nothing can be done about it")
    }
}
