import CommandLineKit
import Diagnostics

/// `penstock version`.
enum VersionCommand {
    /// The version of this program; see `changes/`.
    static let version = "0.1.0"

    static let command = Command<World>(
        "version", summary: "Print the version of penstock",
        examples: [Example("penstock version", "print the version")]
    ) { arguments, world in
        if arguments[GlobalOptions.json] {
            try world.console.json(["type": "version", "version": version])
        } else {
            try world.console.line("penstock \(version)")
        }
        return .done
    }
}
