import CommandLineKit

/// `penstock check`: whether what a job needs is as it must be.
enum CheckCommands {
    static let noun = Command<World>(
        noun: "check", summary: "Check that what a job needs is as it must be",
        verbs: [CheckAccountCommand.command, CheckLocationCommand.command])
}
