import CommandLineKit
import Diagnostics
import Synchronization
import TestSupport

/// A small tool in the manner of Penstock, with an option of every kind.
enum ExampleTool {
    enum When: String, CaseIterable, Sendable {
        case auto, always, never
    }

    /// What the commands of this tool are handed.
    final class Diary: Sendable {
        private let lines = Mutex<[String]>([])
        func note(_ line: String) { lines.withLock { $0.append(line) } }
        var entries: [String] { lines.withLock { $0 } }
    }

    struct LocationError: ExplainedError {
        let code = "location.no-container"
        let summary = "the location names no container"
    }

    static let location = ValueFormat<String>(
        "LOCATION", wants: "a location such as az://CONTAINER/PATH",
        read: { text in
            guard text.contains("://") else { return nil }
            guard !text.hasSuffix("://") else { throw LocationError() }
            return text
        })

    enum Global {
        static let json = Option(flag: "json", help: "write JSON to standard output")
        static let quiet = Option(flag: "quiet", short: "q", help: "say nothing but errors")
        static let verbose = Option(flag: "verbose", short: "v", help: "say more")
        static let color = Option(
            "color", .choice("WHEN", of: When.self), default: .auto, environment: "NO_COLOR",
            help: "when to use colour")
        static let memory = Option(
            "memory", .byteCount(atLeast: .mebibytes(16)), shownDefault: "256 MiB",
            environment: "PENSTOCK_MEMORY", help: "the bound of all buffers together")
        static let progress = Option(
            negatable: "progress", shownDefault: "on a terminal", help: "draw how far a job is")
        static let trace = Option("trace", .file(), isHidden: true, help: "write a trace")
        static let all: [any OptionDeclaration] = [json, quiet, verbose, color, memory, progress, trace]
    }

    enum Connection {
        static let host = Option("host", short: "h", .text("HOST"), environment: "PGHOST", help: "the server's host")
        static let port = Option(
            "port", short: "p", .wholeNumber("PORT", from: 1, to: 65_535), environment: "PGPORT",
            help: "the server's port")
        static let noPassword = Option(flag: "no-password", short: "w", help: "never ask for a password")
        static let group = OptionGroup("Connection options", [host, port, noPassword])
    }

    enum Dump {
        static let databases = Option(
            repeated: "dbname", short: "d", .text("DB").secret(), environment: "PGDATABASE",
            help: "a database to dump, by name or connection URI")
        static let every = Option(flag: "all-databases", help: "dump every database of the server")
        static let to = Option(required: "to", location.secret(keepingCauses: true), help: "where the dump goes")
        static let from = Option("from", .directory(), help: "where the tools of PostgreSQL are")
        static let jobs = Option("jobs", short: "j", .wholeNumber("N", from: 1), default: 1, help: "parallel sessions")
        static let clean = Option(flag: "clean", help: "write statements that drop what is restored")
        static let ifExists = Option(flag: "if-exists", help: "drop only what exists")
    }

    enum Container {
        static let location = Argument("LOCATION", ExampleTool.location.secret(), help: "the container")
        static let pattern = Argument(optional: "PATTERN", .text("PATTERN"), help: "only names that match")
        static let names = Argument(many: "NAME", atLeast: 1, .text("NAME"), help: "the containers to remove")
    }

    enum Serve {
        static let data = Option("data", .directory("DIR"), help: "where the blobs lie")
        static let port = Option("port", .wholeNumber("PORT", from: 0, to: 65_535), default: 0, help: "the port")
        static let account = Argument("ACCOUNT", .text("ACCOUNT"), help: "the name of the account")
    }
}

extension ExampleTool {
    static let dump = Command<Diary>(
        "dump",
        summary: "Dump databases into a container",
        discussion: """
            Writes one archive for each database, then the manifest, then the marker. Nothing is visible in the \
            container until every archive is complete; a dump that fails leaves nothing behind.

            Any archive can be read without this tool:

              az storage blob download -c C -n B --no-progress | pg_restore -d DB
            """,
        examples: [
            Example("penstock dump -d shop --to az://backups/nightly", "Dump the database `shop`"),
            Example("penstock dump --all-databases -j 4 --to az://backups", "Dump the whole server in four sessions"),
        ],
        options: [Dump.databases, Dump.every, Dump.to, Dump.from, Dump.jobs, Dump.clean, Dump.ifExists],
        optionGroups: [Connection.group],
        rules: [
            .exactlyOne([Dump.databases, Dump.every]), .option(Dump.ifExists, needs: Dump.clean),
            .atMostOne([Dump.jobs, Dump.clean]),
        ],
        seeAlso: ["container create"],
        run: { arguments, diary in
            diary.note("dump \(arguments[Dump.databases]) to \(arguments[Dump.to]) by \(arguments[Dump.jobs])")
            return .done
        })

    static let container = Command<Diary>(
        noun: "container", aliases: ["containers"],
        summary: "Make, list and remove containers",
        verbs: [
            Command("create", summary: "Make a container", arguments: [Container.location]) { arguments, diary in
                diary.note("create \(arguments[Container.location])")
                return .done
            },
            Command(
                "list", aliases: ["ls"], summary: "List the containers of an account",
                arguments: [Container.location, Container.pattern]
            ) { _, _ in .done },
            Command("remove", summary: "Remove containers", arguments: [Container.names]) { _, _ in .partlyDone },
        ])

    static let serve = Command<Diary>(
        "serve", summary: "Serve blobs from a directory", options: [Serve.data, Serve.port],
        subcommands: [
            Command(
                noun: "account", summary: "Manage the accounts of a served directory",
                verbs: [
                    Command("add", summary: "Add an account", arguments: [Serve.account], options: [Serve.data]) {
                        _, _ in .done
                    }
                ])
        ],
        run: { _, _ in .done })

    static let tree = CommandTree<Diary>(
        "penstock", version: "1.0",
        summary: "Stream PostgreSQL dumps into block blobs and restore from them",
        discussion: "Standard output is data; everything else goes to standard error.",
        globalOptions: Global.all,
        groups: [
            CommandGroup("Recovery points", [dump]),
            CommandGroup("Blobs and containers", [container, serve]),
            CommandGroup("About penstock", [Command("version", summary: "Print the version") { _, _ in .done }]),
        ],
        sections: [ManualSection("Files", "`~/.config/penstock.json` holds profiles.\n\n.hidden lines start plainly.")],
        exitCodes: [ExitMeaning(.done, "done"), ExitMeaning(.wrongUsage, "wrong usage")])

    /// The arguments of a line that runs a command; `nil` where it shows a page.
    static func parse(_ line: String...) throws -> ParsedArguments? {
        try arguments(of: line)
    }

    static func arguments(of line: [String]) throws -> ParsedArguments? {
        guard case .run(let run) = try tree.parse(line) else { return nil }
        return run.arguments
    }

    static func page(_ line: String...) throws -> Page? {
        guard case .page(let page, _) = try tree.parse(line) else { return nil }
        return page
    }

    static func error(_ line: [String]) -> UsageError? {
        do throws(UsageError) {
            _ = try tree.parse(line)
            return nil
        } catch {
            return error
        }
    }
}
