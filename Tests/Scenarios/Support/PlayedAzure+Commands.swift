import HTTPMessages
import Testing

/// The meaning of the command lines that findings print, as requests that `az` would send.
extension PlayedAzure {
    struct NotUnderstood: Error { let command: String }

    func carryOut(_ command: String) async throws {
        let words = Self.words(command)
        let verb = words.prefix { !$0.hasPrefix("--") }.joined(separator: " ")
        let options = Self.options(words)
        func option(_ name: String) throws -> String { try #require(options[name], "\(name) in \(command)") }
        let account = Self.account(options["--account-name"] ?? options["--name"] ?? "")
        let containers = account + "/blobServices/default/containers/"
        switch verb {
        case "az storage account update":
            try await manage(.patch, account, "{\"properties\": {\(try Self.properties(options, command))}}")
        case "az storage account network-rule add":
            let rule = "{\"value\": \"\(try option("--ip-address"))\", \"action\": \"Allow\"}"
            try await manage(.patch, account, "{\"properties\": {\"networkAcls\": {\"ipRules\": [\(rule)]}}}")
        case "az storage container create": try await manage(.put, containers + option("--name"), "{}")
        case "az storage container set-permission":
            try #require(options["--public-access"] == "off")
            try await manage(
                .patch, containers + option("--name"), "{\"properties\": {\"publicAccess\": \"None\"}}")
        case "az storage container legal-hold clear":
            let tags = try option("--tags").split(separator: " ").map { "\"\($0)\"" }.joined(separator: ", ")
            try await manage(
                .post, containers + option("--container-name") + "/clearLegalHold", "{\"tags\": [\(tags)]}")
        case "az storage container lease break":
            let target =
                "/\(try option("--account-name"))/\(try option("--container-name"))?restype=container&comp=lease"
            let refused = try await blob(.put, target, ["x-ms-lease-action": "break"])
            #expect(refused == nil)
        case "az rest":
            try #require(options["--method"] == "patch")
            try await manage(.patch, option("--url"), option("--body"))
        case "az role assignment create":
            let role = try #require(Self.roles[try option("--role")])
            try await manage(
                .put,
                option("--scope") + "/providers/Microsoft.Authorization/roleAssignments/"
                    + "33333333-0000-4000-8000-000000000000",
                """
                {"properties": {"principalId": "\(try option("--assignee-object-id"))",
                 "roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/\(role)"}}
                """)
        case "az lock delete": try await manage(.delete, option("--ids"))
        default: throw NotUnderstood(command: command)
        }
    }

    private static let roles = [
        "Storage Blob Data Contributor": "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
        "Storage Blob Data Reader": "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
    ]

    /// What options of `az storage account update` are called in the resource manager.
    private static func properties(_ options: [String: String], _ command: String) throws -> String {
        let names = [
            "--allow-shared-key-access": "allowSharedKeyAccess", "--allow-blob-public-access": "allowBlobPublicAccess",
            "--https-only": "supportsHttpsTrafficOnly",
            "--allow-cross-tenant-replication": "allowCrossTenantReplication",
        ]
        let words = ["--public-network-access": "publicNetworkAccess"]
        var parts: [String] = []
        for (name, value) in options where name != "--name" && name != "--resource-group" {
            if let property = names[name] {
                parts.append("\"\(property)\": \(value)")
            } else if let property = words[name] {
                parts.append("\"\(property)\": \"\(value)\"")
            } else {
                throw NotUnderstood(command: command)
            }
        }
        return parts.joined(separator: ", ")
    }

    /// The words as a shell would take them; only single quotes are understood, which is all that is printed.
    private static func words(_ command: String) -> [String] {
        var words: [String] = []
        for (index, piece) in command.split(separator: "'", omittingEmptySubsequences: false).enumerated() {
            if index.isMultiple(of: 2) {
                words += piece.split(separator: " ").map(String.init)
            } else {
                words.append(String(piece))
            }
        }
        return words
    }

    /// Each option with its values, joined by spaces.
    private static func options(_ words: [String]) -> [String: String] {
        var options: [String: String] = [:]
        var name: String?
        for word in words {
            if word.hasPrefix("--") {
                name = word
            } else if let name {
                options[name] = options[name].map { "\($0) \(word)" } ?? word
            }
        }
        return options
    }
}
