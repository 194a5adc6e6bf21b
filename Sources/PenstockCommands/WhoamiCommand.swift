import AzureIdentity
import CommandLineKit
import Diagnostics
import FoundationEssentials
import HTTPMessages

/// `penstock whoami`: which credential would be used, and why.
enum WhoamiCommand {
    static let location = Argument(
        optional: "LOCATION", CommonOptions.locationFormat, help: "for which location; without it, for `az://`")

    static let command = Command<World>(
        "whoami", summary: "Show which credential would be used, and why",
        discussion: "Looks at the places in their order and shows what each held, never a secret. Asks no service.",
        examples: [Example("penstock whoami az://backups", "show where the credential comes from")],
        arguments: [location], seeAlso: ["container list"]
    ) { arguments, world in
        let target = arguments[location]?.credentialTarget ?? .environment
        let found = try CredentialDiscovery.find(for: target, environment: world.environment)
        let source = found.report.source?.rawValue ?? ""
        guard !arguments[GlobalOptions.json] else {
            try world.console.json(WhoamiLine(found, source: source))
            return .done
        }
        try world.console.line("account:    \(found.account)")
        try world.console.line("endpoint:   \(found.endpoint)")
        try world.console.line("credential: \(found.credential.name), from \(source)")
        if let end = found.credential.end {
            let isOver = end <= world.now()
            try world.console.line("\(isOver ? "ended: " : "ends:  ")     \(end.formatted(.iso8601))")
        }
        for look in found.report.looks { try world.console.line("  \(look.place.rawValue): \(text(look.outcome))") }
        return .done
    }

    fileprivate static func text(_ outcome: CredentialReport.Outcome) -> String {
        switch outcome {
        case .used: "used"
        case .notSet: "not set"
        case .passedOver(let reason): "passed over: \(reason)"
        }
    }
}

/// The finding in `--json`.
private struct WhoamiLine: Encodable {
    struct Look: Encodable {
        let place: String
        let outcome: String
    }

    let type = "whoami"
    let account: String
    let endpoint: String
    let credential: String
    let source: String
    /// When a shared access signature ends.
    let ends: Date?
    let looks: [Look]

    init(_ found: FoundCredential, source: String) {
        account = found.account
        endpoint = found.endpoint.description
        credential = found.credential.name
        self.source = source
        ends = found.credential.end
        looks = found.report.looks.map { Look(place: $0.place.rawValue, outcome: WhoamiCommand.text($0.outcome)) }
    }
}
