import BlobStorage
import CommandLineKit
import Diagnostics
import FoundationEssentials

/// `penstock blob`: raw blobs, whatever they are.
enum BlobCommands {
    static let noun = Command<World>(
        noun: "blob", summary: "List, look at and remove single blobs", verbs: [list, stat, remove])

    private static let list = Command<World>(
        "list", aliases: ["ls"], summary: "List blobs under a location",
        discussion: "Names are relative to the container. Changes nothing.",
        examples: [
            Example("penstock blob list az://backups/nightly/", "list everything in the folder nightly")
        ],
        arguments: [CommonOptions.location], seeAlso: ["list", "blob stat"]
    ) { arguments, world in
        let session = try Session(arguments, world)
        try await session.withContainer(at: arguments[CommonOptions.location]) { place in
            var table = TextTable([("size", .right), ("modified", .left), ("name", .left)])
            var query = BlobQuery(prefix: place.prefix, includesMetadata: session.reporter.isJSON)
            repeat {
                let page = try await place.store.list(query)
                for case .blob(let name, let properties) in page.entries {
                    if session.reporter.isJSON {
                        try world.console.json(BlobLine(name, properties))
                    } else {
                        let modified = properties.lastModified.formatted(.iso8601)
                        table.add([ByteCount(properties.size).description, modified, name.text])
                    }
                }
                query.marker = page.next
            } while query.marker != nil
            if !session.reporter.isJSON { try world.console.table(table) }
        }
        return .done
    }

    private static let stat = Command<World>(
        "stat", summary: "Show the properties of a blob", discussion: "Changes nothing.",
        examples: [
            Example("penstock blob stat az://backups/nightly/db1_manifest.json", "show size, times and metadata")
        ],
        arguments: [CommonOptions.location], seeAlso: ["blob list"]
    ) { arguments, world in
        let session = try Session(arguments, world)
        try await session.withBlob(at: arguments[CommonOptions.location]) { store, blob in
            let properties = try await store.properties(of: blob, if: .always)
            let line = BlobLine(blob, properties)
            guard !session.reporter.isJSON else { return try world.console.json(line) }
            try world.console.line("name:      \(blob)")
            try world.console.line("size:      \(properties.size) (\(ByteCount(properties.size)))")
            try world.console.line("modified:  \(properties.lastModified.formatted(.iso8601))")
            try world.console.line("created:   \(properties.created.formatted(.iso8601))")
            try world.console.line("etag:      \(properties.tag)")
            if let type = properties.attributes.contentType { try world.console.line("type:      \(type)") }
            for (key, value) in properties.attributes.metadata.sorted(by: { $0.key < $1.key }) {
                try world.console.line("metadata:  \(key) = \(value)")
            }
        }
        return .done
    }

    private static let remove = Command<World>(
        "remove", aliases: ["rm"], summary: "Remove one blob",
        discussion: """
            Removes exactly the blob named, never by prefix. To remove a whole recovery point, remove its marker \
            (`…_timestamp.txt`) first, so that it no longer exists, and the rest with `penstock orphans --remove`.
            """,
        examples: [Example("penstock blob remove az://backups/old.dump --yes", "remove the blob without asking")],
        arguments: [CommonOptions.location], options: [CommonOptions.yes, CommonOptions.dryRun],
        seeAlso: ["blob list", "orphans"]
    ) { arguments, world in
        let session = try Session(arguments, world)
        try await session.withBlob(at: arguments[CommonOptions.location]) { store, blob in
            let properties = try await store.properties(of: blob, if: .always)
            let what = "\(store.container)/\(blob) (\(ByteCount(properties.size)))"
            guard !arguments[CommonOptions.dryRun] else { return session.reporter.say("would remove \(what)") }
            try await session.confirm("Remove \(what)?")
            try await store.delete(blob, if: .matching(properties.tag))
            session.reporter.say("removed \(what)")
        }
        return .done
    }
}

/// A blob in `--json`.
struct BlobLine: Encodable {
    let type = "blob"
    let name: String
    let size: Int
    let etag: String
    let modified: Date
    let created: Date
    let contentType: String?
    let metadata: [String: String]

    init(_ name: BlobName, _ properties: BlobProperties) {
        self.name = name.text
        size = properties.size
        etag = properties.tag.text
        modified = properties.lastModified
        created = properties.created
        contentType = properties.attributes.contentType
        metadata = properties.attributes.metadata
    }
}

extension Console {
    func table(_ table: TextTable) throws {
        for line in table.lines { try self.line(line) }
    }
}
