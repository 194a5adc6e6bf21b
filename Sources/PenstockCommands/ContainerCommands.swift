import BlobStorage
import CommandLineKit
import Diagnostics
import FoundationEssentials

/// `penstock container`: the containers of an account.
enum ContainerCommands {
    static let noun = Command<World>(
        noun: "container", summary: "Create, list and remove containers", verbs: [create, list, remove])

    private static let create = Command<World>(
        "create", summary: "Create a container", discussion: "Fails if it exists already.",
        examples: [Example("penstock container create az://backups", "create the container backups")],
        arguments: [CommonOptions.location], options: [CommonOptions.dryRun], seeAlso: ["container list"]
    ) { arguments, world in
        let session = try Session(arguments, world)
        let creates = !arguments[CommonOptions.dryRun]
        try await session.withAccount(at: arguments[CommonOptions.location], creating: creates) { place in
            let name = try place.requireContainerOnly()
            guard creates else {
                return session.reporter.say("would create the container \(name)")
            }
            let made = try await place.account.create(name, metadata: [:])
            if session.reporter.isJSON { try world.console.json(ContainerLine(made)) }
            session.reporter.say("created the container \(name)")
        }
        return .done
    }

    private static let list = Command<World>(
        "list", aliases: ["ls"], summary: "List the containers of an account", discussion: "Changes nothing.",
        examples: [
            Example("penstock container list https://myaccount.blob.core.windows.net", "list all containers")
        ],
        arguments: [CommonOptions.location], seeAlso: ["container create", "blob list"]
    ) { arguments, world in
        let session = try Session(arguments, world)
        try await session.withAccount(at: arguments[CommonOptions.location]) { place in
            var table = TextTable([("modified", .left), ("name", .left)])
            var marker: String?
            repeat {
                let page = try await place.account.containers(
                    prefix: place.container?.text ?? "", marker: marker, limit: 5000)
                for container in page.containers {
                    if session.reporter.isJSON {
                        try world.console.json(ContainerLine(container))
                    } else {
                        table.add([container.lastModified.formatted(.iso8601), container.name.text])
                    }
                }
                marker = page.next
            } while marker != nil
            if !session.reporter.isJSON { try world.console.table(table) }
        }
        return .done
    }

    private static let remove = Command<World>(
        "remove", aliases: ["rm"], summary: "Remove a container and all its blobs",
        discussion: "Everything in the container goes with it.",
        examples: [Example("penstock container remove az://scratch --yes", "remove the container without asking")],
        arguments: [CommonOptions.location], options: [CommonOptions.yes, CommonOptions.dryRun],
        seeAlso: ["container list"]
    ) { arguments, world in
        let session = try Session(arguments, world)
        try await session.withAccount(at: arguments[CommonOptions.location]) { place in
            let name = try place.requireContainerOnly()
            let store = place.account.store(of: name)
            let state = try await store.containerProperties()
            let first = try await store.list(BlobQuery(limit: 1)).entries.isEmpty
            let what = first ? "the empty container \(name)" : "the container \(name) and all blobs in it"
            guard !arguments[CommonOptions.dryRun] else { return session.reporter.say("would remove \(what)") }
            try await session.confirm("Remove \(what)?")
            // A container's tag does not change when blobs do, so it can only say that it is still the same container.
            try await place.account.delete(name, if: .always)
            if session.reporter.isJSON { try world.console.json(ContainerLine(state)) }
            session.reporter.say("removed \(what)")
        }
        return .done
    }
}

/// A container in `--json`.
struct ContainerLine: Encodable {
    let type = "container"
    let name: String
    let etag: String
    let modified: Date

    init(_ properties: ContainerProperties) {
        name = properties.name.text
        etag = properties.tag.text
        modified = properties.lastModified
    }
}
