import FoundationEssentials

/// What the service takes a missing property for.
///
/// Several defaults changed over the years and depend on when the account was made. The dates are those of Azure's
/// announcements; `nil` where the date of creation is needed and not known.
extension StorageAccount {
    /// Off by default for accounts made on or after 15 December 2023.
    var replicatesAcrossTenants: Bool? {
        allowCrossTenantReplication ?? wasMade(before: "2023-12-15T00:00:00Z")
    }

    /// Off by default for accounts made since November 2023.
    public var admitsPublicContainers: Bool? { allowBlobPublicAccess ?? wasMade(before: "2023-11-01T00:00:00Z") }

    /// On by default for accounts made with the interface of 1 April 2019 or a later one.
    public var requiresHTTPS: Bool? {
        supportsHttpsTrafficOnly ?? wasMade(before: "2019-04-01T00:00:00Z").map { !$0 }
    }

    /// Whether keys, and signatures made with them, are taken by the blob service; on by default.
    public var takesSharedKeys: Bool { allowSharedKeyAccessForServices?.blob?.enabled ?? allowSharedKeyAccess ?? true }

    /// `Enabled` by default.
    public var publicAccess: ResourceWord { publicNetworkAccess ?? "Enabled" }

    /// True where the firewall turns away whom no rule lets in.
    ///
    /// Nothing of it counts where public access is off.
    public var hasFirewall: Bool { networkAcls?.defaultAction == "Deny" && publicAccess != "Disabled" }

    /// Who passes the firewall without a rule; Azure's own services by default.
    var bypassing: Set<ResourceWord> {
        Set(
            (networkAcls?.bypass ?? "AzureServices").split(separator: ",").map {
                ResourceWord($0.split(separator: " ").joined())
            })
    }

    /// The least version of TLS; 1.0 by default.
    var leastTLS: ResourceWord { minimumTlsVersion ?? "TLS1_0" }

    private func wasMade(before text: String) -> Bool? {
        guard let made = creationTime, let limit = ResourceTime(text) else { return nil }
        return made.date < limit.date
    }

    /// How a value is shown that may be missing: `null`, with the date of creation where that decides.
    func shown(_ value: Bool?, dependsOnCreation: Bool = false) -> String {
        if let value { return String(value) }
        guard dependsOnCreation else { return "null" }
        guard let creationTime else { return "null, and the date of creation is not known" }
        return "null, and the account was made on \(creationTime.date.formatted(.iso8601.year().month().day()))"
    }
}
