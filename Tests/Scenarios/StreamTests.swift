import Glibc
import Subprocesses
import SystemCalls
import TestSupport
import Testing

/// What `dd if=/dev/urandom | tee >(sha256sum) | penstock upload` does, and back.
enum BigStream {
    /// The most memory the uploader may have had, in bytes, at the default `--memory` of 256 MiB.
    static let memoryLimit = 296 << 20

    /// Uploads so many mebibytes of chance, downloads them, and expects equal bytes and bounded memory in both.
    static func roundTrip(mebibytes: Int) async throws {
        try await Place.make { place in
            let location = place.container + "/stream"
            let sent = place.work + "/sent"
            let upload = try await measured(
                "dd if=/dev/urandom bs=1M count=\(mebibytes) iflag=fullblock status=none | tee >(sha256sum >\(sent)) "
                    + "| \(Penstock.path) upload \(location)")
            #expect(upload < memoryLimit, "the uploader's peak was \(upload >> 20) MiB")
            let received = place.work + "/received"
            let download = try await measured("\(Penstock.path) download \(location) | sha256sum >\(received)")
            #expect(download < memoryLimit, "the downloader's peak was \(download >> 20) MiB")
            print("\(mebibytes) MiB: upload took \(upload >> 20) MiB of memory, download \(download >> 20) MiB")
            // The digest of a side branch of the pipe may come a moment later.
            try await eventually("the digest") { try Files.contents(of: sent).count > 64 }
            #expect(try Files.contents(of: sent) == Files.contents(of: received))
            let stat = try await Penstock().run("blob", "stat", location, "--json").expecting()
            #expect(try JSON(stat.text).number("size") == mebibytes << 20)
        }
    }

    /// Runs a pipeline of the shell, and answers the largest memory that penstock had in it.
    static func measured(_ pipeline: String) async throws -> Int {
        let command = Command(
            executable: "/bin/bash", arguments: ["-c", "set -o pipefail; " + pipeline],
            environment: Penstock().environment)
        let messages = Lines()
        return try await withSubprocess(
            command, standardInput: .null, standardOutput: .pipe, receiveMessage: { messages.add($0) }
        ) { process in
            var peak = 0
            while ProcessTable.isAlive(process.processID) {
                for child in try ProcessTable.children(of: process.processID, named: "penstock") {
                    // It may end between two looks.
                    peak = max(peak, (try? ProcessTable.peakMemory(of: child.id)) ?? 0)
                }
                try await Task.sleep(for: .milliseconds(5))
            }
            try await Program.finish(process, messages).expecting()
            return peak
        }
    }
}

@Suite("Streams", .serialized)
struct StreamTests {
    @Test("go up and come down unchanged in bounded memory")
    func roundTrip() async throws { try await BigStream.roundTrip(mebibytes: 300) }

    @Test("that nobody reads to the end fail, and soon", .timeLimit(.minutes(2)))
    func closedOutput() async throws {
        try await Place.make { place in
            try await place.upload([UInt8](repeating: 65, count: 24 << 20), to: "long")
            let shell = Command(
                executable: "/bin/bash",
                arguments: [
                    "-c", "\(Penstock.path) download \(place.container)/long | head -c 1; echo \" ${PIPESTATUS[0]}\"",
                ], environment: Penstock().environment)
            let finished = try await Program.run(shell)
            #expect(finished.text == "A 1\n")
            #expect(finished.errors.contains("error: "))
            #expect(finished.errors.contains("hint: "))
        }
    }

    @Test("that are interrupted leave nothing", arguments: [SIGINT, SIGTERM, SIGKILL])
    func interrupted(signal: Int32) async throws {
        try await Place.make { place in
            let command = Penstock().command(["upload", place.container + "/stream"])
            let messages = Lines()
            try await withSubprocess(
                command, standardInput: .pipe, standardOutput: .pipe, receiveMessage: { messages.add($0) }
            ) { process in
                // More than is buffered anywhere, and then no end.
                try await process.input.write([UInt8](repeating: 1, count: 32 << 20).span)
                kill(process.processID, signal)
                let finished = try await Program.finish(process, messages)
                #expect(finished.status == (signal == SIGKILL ? .signalled(SIGKILL) : .exited(130)))
            }
            #expect(try await place.blobs() == [:])
            try await place.upload([1], to: "stream")
        }
    }

    @Test("go on when the server dies and comes back")
    func serverBack() async throws {
        try await Place.make { place in
            let messages = Lines()
            let command = Penstock().command(["upload", place.container + "/stream"])
            let piece = [UInt8](repeating: 3, count: 16 << 20)
            try await withSubprocess(
                command, standardInput: .pipe, standardOutput: .pipe, receiveMessage: { messages.add($0) }
            ) { process in
                try await process.input.write(piece.span)
                place.server.running.send(SIGKILL)
                _ = try await place.server.running.finish()
                try await process.input.write(piece.span)
                try await StoreServer.during(directory: place.store, port: place.server.port) { _ in
                    try await process.input.write(piece.span)
                    try await process.input.finish()
                    try await Program.finish(process, messages).expecting()
                    #expect(try await place.download("stream") == piece + piece + piece)
                }
            }
        }
    }
}
