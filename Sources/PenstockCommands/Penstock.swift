public import CommandLineKit
public import Diagnostics

/// The tool: its commands, and a run of one of them.
public enum Penstock {
    public static let tree = CommandTree<World>(
        "penstock", version: VersionCommand.version,
        summary: "Stream PostgreSQL dumps into block blobs and restore straight from them",
        discussion: """
            Nothing is staged on disk, nothing half-written is ever visible, and memory is one number.

            A LOCATION is one of:

                https://ACCOUNT.blob.core.windows.net/CONTAINER/PATH[?SAS]
                http://127.0.0.1:10000/ACCOUNT/CONTAINER/PATH
                az://CONTAINER/PATH
                file:///DIRECTORY/CONTAINER/PATH

            The first is an account in any cloud, with a shared access signature if you like; the second, with the \
            account in the path, is for hosts without a domain; the third takes account and endpoint from the \
            environment; the last is a directory store on this machine. A path that ends in a slash names a folder.

            Credentials come from the signature in the location, AZURE_STORAGE_CONNECTION_STRING, or \
            AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN; or else they are tokens of Entra \
            ID, for a service principal, a workload or managed identity, or the sign-in of `az`. `penstock whoami` \
            shows which is used. PostgreSQL is reached with the options of psql and the PG* variables.

            In a variable, a key, a SAS, a connection string or a password may also be named by where it is kept: \
            @file:PATH, @env:NAME, or @keyvault:https://VAULT.vault.azure.net/secrets/NAME.
            """,
        globalOptions: GlobalOptions.all,
        groups: [
            CommandGroup(
                "Recovery points",
                [
                    DumpCommand.command, RestoreCommand.command, ListCommand.command, ShowCommand.command,
                    VerifyCommand.command, OrphansCommand.command,
                ]),
            CommandGroup(
                "Blobs and containers",
                [
                    UploadCommand.command, DownloadCommand.command, CopyCommand.command, BlobCommands.noun,
                    ContainerCommands.noun,
                ]),
            CommandGroup("Checks", [CheckCommands.noun]),
            CommandGroup("The embedded store", [ServeCommand.command]),
            CommandGroup("About penstock", [WhoamiCommand.command, ExplainCommand.command, VersionCommand.command]),
        ],
        exitCodes: [
            ExitMeaning(.done, "done"), ExitMeaning(.failed, "failed, for a reason without a code of its own"),
            ExitMeaning(.wrongUsage, "wrong usage"), ExitMeaning(.partlyDone, "partly done"),
            ExitMeaning(.notFound, "not found"), ExitMeaning(.exists, "exists already, or held by somebody else"),
            ExitMeaning(.notPermitted, "not permitted"), ExitMeaning(.unreachable, "unreachable, retries spent"),
            ExitMeaning(.integrity, "bytes are missing or are not those that were written"),
            ExitMeaning(.toolMismatch, "a tool or a version does not fit"),
            ExitMeaning(.limit, "no space is left, or a limit would be passed"),
            ExitMeaning(.checkFoundErrors, "a check found errors"), ExitMeaning(.interrupted, "interrupted"),
        ])

    /// Runs one command line, and says what went wrong with it.
    ///
    /// - Parameter words: The words after the program's name.
    public static func run(_ words: [String], in world: World) async -> ExitCode {
        let invocation: Invocation<World>
        do {
            invocation = try tree.parse(words)
        } catch {
            world.console.say(Explanation(error).text)
            return error.exitCode
        }
        switch invocation {
        case .page(let page, let arguments): return show(page, arguments, in: world)
        case .run(let command):
            do {
                return try await command(in: world)
            } catch {
                Reporter(command.arguments, console: world.console, environment: world.environment).report(error)
                return Explanation(error).exitCode
            }
        }
    }

    private static func show(_ page: Page, _ arguments: ParsedArguments, in world: World) -> ExitCode {
        do {
            try world.console.data(tree.text(of: page))
            return .done
        } catch {
            world.console.say(Explanation(error).text)
            return .failed
        }
    }
}
