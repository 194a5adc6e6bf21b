import AzureIdentity

extension AccountRule {
    /// SA020 to SA027: who reaches the account.
    ///
    /// `publicNetworkAccess` goes before the firewall's rules.
    static let networkRules = [
        AccountRule(
            "SA020", "publicNetworkAccess", [.restoreTarget], needs: "Enabled",
            else: "the target of a restore must be reachable over its public endpoint"
        ) { situation, _ in
            guard situation.account.publicAccess == "Disabled" else { return .holds }
            return .broken(.error, found: "Disabled", openPublicly(situation))
        },
        AccountRule(
            "SA021", "publicNetworkAccess", .ours, needs: "Enabled, or a caller behind an approved private endpoint",
            else: "only private endpoints are let in"
        ) { situation, _ in
            guard situation.account.publicAccess == "Disabled" else { return .holds }
            let approved = (situation.account.privateEndpointConnections ?? []).contains { $0.status == "Approved" }
            return .broken(
                approved ? .warning : .error,
                found: approved
                    ? "Disabled, with an approved private endpoint" : "Disabled, without a private endpoint",
                openPublicly(situation))
        },
        AccountRule(
            "SA022", "publicNetworkAccess", .every, needs: "a perimeter that admits the caller",
            else: "a network security perimeter decides, and what it decides is not known here"
        ) { situation, _ in
            guard situation.account.publicAccess == "SecuredByPerimeter" else { return .holds }
            return .broken(
                .warning, found: "SecuredByPerimeter",
                Remedy("Look at the perimeter's access rules.", command: "az network perimeter list --output table"))
        },
        AccountRule(
            "SA023", "networkAcls.bypass", [.restoreTarget], needs: "AzureServices, where the firewall is on",
            else: "the firewall turns Azure Backup away"
        ) { situation, _ in
            guard situation.account.hasFirewall, !situation.account.bypassing.contains("AzureServices") else {
                return .holds
            }
            return .broken(
                .warning, found: situation.account.networkAcls?.bypass ?? "null",
                Remedy(
                    "Let Azure's trusted services pass.",
                    command: AzCommand(situation).update("--bypass AzureServices")))
        },
        AccountRule(
            "SA024", "networkAcls.ipRules", .ours, needs: "a rule that admits the caller, where the firewall is on",
            else: "the firewall turns this machine away"
        ) { situation, _ in admission(of: situation) },
        AccountRule(
            "SA025", "networkAcls.virtualNetworkRules", .every, needs: "Succeeded, for each",
            else: "a rule names a subnet that is not there any more"
        ) { situation, _ in
            let rules = situation.account.networkAcls?.virtualNetworkRules ?? []
            guard let broken = rules.first(where: { ($0.state ?? "Succeeded") != "Succeeded" }) else { return .holds }
            let subnet = AzCommand.quoted(broken.id ?? "SUBNET")
            return .broken(
                .warning, found: "\(broken.state?.text ?? "null") for \(broken.id ?? "a subnet without a name")",
                Remedy(
                    "Remove the rule, or bring the subnet back.",
                    command: AzCommand(situation)
                        .inAccount("az storage account network-rule remove", "--subnet \(subnet)")))
        },
        AccountRule(
            "SA026", "privateEndpointConnections", .every, needs: "Approved, for each",
            else: "that private endpoint carries nothing"
        ) { situation, _ in
            let all = situation.account.privateEndpointConnections ?? []
            let closed = all.filter { $0.status != "Approved" }
            guard let first = closed.first else { return .holds }
            let found = closed.map { "\($0.name ?? "without a name"): \($0.status?.text ?? "null")" }
            return .broken(
                .warning, found: found.joined(separator: ", "),
                Remedy(
                    "Approve the connection, or remove it.",
                    command: AzCommand(situation).inAccount(
                        "az storage account private-endpoint-connection approve",
                        "--name \(AzCommand.quoted(first.name ?? "CONNECTION"))")))
        },
        AccountRule(
            "SA027", "networkAcls.defaultAction", [.copySource, .copyDestination],
            needs: "Allow, on both sides of a copy",
            else: "a copy by URL is judged by the caller's network at both accounts"
        ) { situation, _ in
            guard situation.account.hasFirewall else { return .holds }
            return .broken(
                .warning, found: "Deny",
                Remedy("Let the caller into both accounts, or let the blobs stream through the gateway."))
        },
    ]

    private static func openPublicly(_ situation: AccountSituation) -> Remedy {
        Remedy(
            "Open the public endpoint, or run inside the network of a private one.",
            command: AzCommand(situation).update("--public-network-access Enabled"))
    }

    private static func admission(of situation: AccountSituation) -> Verdict {
        guard situation.account.hasFirewall else { return .holds }
        let addresses = (situation.account.networkAcls?.ipRules ?? []).compactMap(\.value)
        let subnets = situation.account.networkAcls?.virtualNetworkRules ?? []
        let listed = addresses.isEmpty ? "no addresses" : addresses.joined(separator: ", ")
        let found = subnets.isEmpty ? "Deny, but \(listed)" : "Deny, but \(listed) and \(subnets.count) subnets"
        let command = AzCommand(situation)
        guard let caller = situation.callerAddress else {
            return .broken(
                .warning, found: found,
                Remedy(
                    "Make sure that this machine's public address is let in.",
                    command: command.inAccount("az storage account network-rule add", "--ip-address ADDRESS")))
        }
        if addresses.contains(where: { AddressBlock($0)?.contains(caller) == true }) { return .holds }
        return .broken(
            subnets.isEmpty ? .error : .warning, found: "\(found); the caller is \(caller)",
            Remedy(
                "Let the address in, or run in one of the subnets.",
                command: command.inAccount("az storage account network-rule add", "--ip-address \(caller)")))
    }
}
