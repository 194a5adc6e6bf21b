/// Command lines of `az` for the account in question, ready for a shell.
struct AzCommand {
    private let situation: AccountSituation

    init(_ situation: AccountSituation) { self.situation = situation }

    private var name: String { situation.account.name ?? "ACCOUNT" }
    private var group: String { situation.account.id?.group ?? "GROUP" }

    /// `az storage account update` with these options.
    func update(_ options: String) -> String { line("az storage account update", options) }

    func line(_ command: String, _ options: String = "") -> String {
        let rest = options.isEmpty ? "" : " " + options
        return "\(command) --name \(Self.quoted(name)) --resource-group \(Self.quoted(group))\(rest)"
    }

    /// A command that calls the account `--account-name`.
    func inAccount(_ command: String, _ options: String = "", needsGroup: Bool = true) -> String {
        let rest = options.isEmpty ? "" : " " + options
        let group = needsGroup ? " --resource-group \(Self.quoted(self.group))" : ""
        return "\(command) --account-name \(Self.quoted(name))\(group)\(rest)"
    }

    /// A change of properties that `az storage account update` has no option for.
    func patch(_ properties: String) -> String {
        let id = situation.account.id?.description ?? "RESOURCE-ID"
        return "az rest --method patch --url \(Self.quoted("\(id)?api-version=2023-05-01")) --body "
            + Self.quoted("{\"properties\": {\(properties)}}")
    }

    /// A role for somebody on the account.
    func assign(_ role: BlobRole, to principal: String?) -> String {
        let id = situation.account.id?.description ?? "RESOURCE-ID"
        return "az role assignment create --assignee-object-id \(Self.quoted(principal ?? "OBJECT-ID")) "
            + "--assignee-principal-type ServicePrincipal --role \(Self.quoted(role.name)) --scope \(Self.quoted(id))"
    }

    /// The word as one word of a shell.
    static func quoted(_ word: String) -> String {
        let plain = word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-_./:,=@%+".utf8.contains(byte)
            }
        }
        guard !plain || word.isEmpty else { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
