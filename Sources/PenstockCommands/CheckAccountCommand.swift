import AzureIdentity
import AzureManagement
import CommandLineKit
import Diagnostics
import FoundationEssentials
import SystemCalls

/// `penstock check account`: whether a storage account is fit for a job.
enum CheckAccountCommand {
    static let account = Argument(
        optional: "ACCOUNT", .text("NAME|RESOURCE-ID|LOCATION"),
        help: "the account's name, its resource ID, which is quicker, or a location in it"
    )
    static let jobs = Option(
        repeated: "for", .choice("JOB", of: AccountJob.self),
        help: "what it is to be used for; every job without it")
    static let container = Option("container", .text("NAME"), help: "the container to look at")
    static let offline = Option(
        repeated: "offline", .file("FILE|DIRECTORY"),
        help: "take saved descriptions of accounts, their blob services and containers instead of asking Azure")
    static let strict = Option(flag: "strict", help: "let warnings count as errors")

    static let command = Command<World>(
        "account", summary: "Check whether a storage account is fit for a job",
        discussion: """
            Reads the account, its blob service, the container, the caller's permissions, the locks and the network rules \
            through Azure's resource manager, and applies every rule of docs/reference/account-rules.md that concerns \
            the job. Changes nothing.

            Each finding names the property, what was found, what is needed, what comes of it, and the command that mends \
            it. What could not be decided is said at the end, and why. With --offline nothing is asked: the files are what \
            `az storage account show`, `az storage account blob-service-properties show` and `az storage container-rm \
            show` print, or answers of the resource manager; of a directory those that end in `.json`.

            The exit status is 17 if there are errors, or warnings with --strict.
            """,
        examples: [
            Example(
                "penstock check account pgbackups01 --for restore-target --container restored",
                "check the target of a vaulted restore before it is started"),
            Example(
                "penstock check account --offline account.json --for upload --for copy-source",
                "check a saved description"),
        ],
        arguments: [account], options: [jobs, container, offline, strict],
        optionGroups: [AccountSituationOptions.group], seeAlso: ["whoami"]
    ) { arguments, world in
        let session = try Session(arguments, world)
        let jobs = arguments[jobs].isEmpty ? AccountJob.allCases : arguments[jobs]
        var worst: AccountFinding.Severity?
        for situation in try await session.accountSituations() {
            let report = AccountReport(of: situation, for: jobs)
            try session.show(report, of: situation.account)
            worst = [worst, report.worst].compactMap(\.self).min()
        }
        let fails = worst == .error || worst == .warning && arguments[strict]
        return fails ? .checkFoundErrors : .done
    }
}
