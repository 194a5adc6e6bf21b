import AzureIdentity
import BlobStorage
import CommandLineKit
import Diagnostics
import FoundationEssentials

/// `penstock check location`: what may be done at a location, by trying.
enum CheckLocationCommand {
    static let readOnly = Option(flag: "read-only", help: "write nothing")

    static let command = Command<World>(
        "location", summary: "Try out what may be done at a location",
        discussion: """
            Reaches the service, compares its clock with this machine's, looks at the credential, and then does with a \
            small blob what backups need: list, write, refuse to write twice, read, delete. The blob is named \
            penstock-probe-… and is removed whatever happens, also after an interruption. No rights but those on the data \
            are needed.

            One finding a line, each with what to do about it. What was refused is never taken for what is not there. \
            Nothing is written with --read-only, into a container with a legal hold or an immutability policy, and with \
            a SAS that cannot delete: there the blob would stay. That a container is protected is not seen with a SAS.

            The exit status is 17 if there are errors, or warnings with --strict.
            """,
        examples: [
            Example("penstock check location az://backups/nightly/", "try the folder that dumps are to go to"),
            Example("penstock check location az://backups --read-only", "look before a restore, without writing"),
        ],
        arguments: [CommonOptions.location], options: [readOnly, CheckAccountCommand.strict],
        seeAlso: ["check account", "whoami"]
    ) { arguments, world in
        let session = try Session(arguments, world)
        let location = arguments[CommonOptions.location]
        let page = LocationPage(location.text, session: session)
        try await session.probe(location, for: page)
        return try page.finish(isStrict: arguments[CheckAccountCommand.strict])
    }
}

extension Session {
    /// No probe tries longer than this: what does not answer is a finding.
    private static let patience = Duration.seconds(10)

    fileprivate func probe(_ location: Location, for page: LocationPage) async throws {
        guard location.place != .directory else { return try await probeDirectory(location, for: page) }
        guard let first = location.parts.first else { throw LocationError(.noContainer, text: location.text) }
        let container = try ContainerName(first)
        // Where the service is, is known with the credential only if the location does not say it.
        let found: FoundCredential
        do {
            found = try await credential(for: location)
        } catch {
            return try page.show(ProbeFinding(.authentication, error))
        }
        guard try await ServiceProbe(endpoint: found.endpoint, session: self, page: page).run() else { return }
        guard let mayWrite = try await authenticate(found, for: page) else { return }
        let account = restAccount(found, longest: Self.patience)
        try await probe(
            account.store(of: container), opened(location, account, parts: location.parts[...]), mayWrite: mayWrite,
            for: page)
    }

    private func probeDirectory(_ location: Location, for page: LocationPage) async throws {
        do {
            try await withContainer(at: location) { opened in
                try page.show(ProbeFinding(.reach, .ok, "a store in a directory of this machine"))
                try await probe(opened.store, opened.place, mayWrite: true, for: page)
            }
        } catch let error as LocationError where error.kind != .noDirectory {
            throw error
        } catch let error as any ExplainedError where !page.isBroken {
            try page.show(ProbeFinding(.reach, error))
        }
    }

    private func probe(
        _ store: any BlobStore, _ place: OpenedLocation, mayWrite: Bool, for page: LocationPage
    ) async throws {
        var generator = SystemRandomNumberGenerator()
        let suffix = String(generator.next(), radix: 36)
        let folder = place.path.isEmpty ? "" : place.path + "/"
        try await StoreProbe(
            store, prefix: folder, suffix: suffix, writes: mayWrite && !arguments[CheckLocationCommand.readOnly],
            log: reporter.log, report: { try page.show($0) }
        ).run()
    }
}
