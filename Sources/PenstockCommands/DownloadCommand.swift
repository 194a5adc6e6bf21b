import BlobStorage
import ByteStreams
import CommandLineKit
import Diagnostics
import SystemCalls

/// `penstock download`: one blob to standard output.
enum DownloadCommand {
    static let command = Command<World>(
        "download", summary: "Write a blob to standard output",
        discussion: """
            The blob is read in parallel ranges, all of one state: if it changes meanwhile, the download fails. Use the \
            exit status: what was written before a failure is not all of the blob.
            """,
        examples: [
            Example("penstock download az://backups/shop.dump | pg_restore -d shop", "restore a dump"),
            Example("penstock download az://backups/shop.dump > shop.dump", "keep a copy"),
        ],
        arguments: [CommonOptions.location], seeAlso: ["upload", "restore"]
    ) { arguments, world in
        let session = try Session(arguments, world)
        guard !world.console.outputIsTerminal else {
            throw arguments.refusal("standard output is a terminal; pipe or redirect it")
        }
        try await session.withContainer(at: arguments[CommonOptions.location]) { container in
            let blob = try container.place.requireBlob()
            let output = try Descriptor.standardOutput()
            output.enlargePipe(to: 1 << 20)
            var sink = try DescriptorSink(output, on: ThreadPool(name: "output", width: 1))
            let clock = ContinuousClock()
            let started = clock.now
            let properties = try await session.download(blob, from: container, into: &sink)
            try sink.close()
            let rate = ByteCount(Int(Double(properties.size) / max((clock.now - started).seconds, 0.001)))
            session.reporter.say("downloaded \(ByteCount(properties.size)) at \(rate)/s")
        }
        return .done
    }
}

extension Session {
    fileprivate func download(
        _ blob: BlobName, from container: OpenedContainer, into sink: inout DescriptorSink
    ) async throws -> BlobProperties {
        let store = container.store
        // The size costs a request of its own; it is asked for only where somebody wants to know it.
        guard reporter.progress != .none || container.place.credentialEnd != nil else {
            return try await downloader(from: store).download(blob, into: &sink)
        }
        let total = try await store.properties(of: blob, if: .always).size
        warnOfCredentialEnd(at: container.place, moving: total)
        return try await withProgress("download \(blob)", total: total) {
            try await downloader(from: store).download(blob, into: &sink)
        }
    }
}
