import AzureIdentity

/// By whose right a delegated signature was made, and to whom it is bound.
struct Delegation {
    let terms: DelegationTerms
    /// The object that must show a token of its own beside the signature; `nil` where nobody must.
    let boundObject: String?
    let boundTenant: String

    init(_ fields: SASFields) {
        terms = DelegationTerms(
            holder: TokenHolder(object: fields["skoid"], tenant: fields["sktid"]), start: fields["skt"],
            expiry: fields["ske"], service: fields["sks"], version: fields["skv"], delegatedTenant: fields["skdutid"])
        boundObject = fields["sduoid"].isEmpty ? nil : fields["sduoid"]
        boundTenant = fields["skdutid"].isEmpty ? fields["sktid"] : fields["skdutid"]
    }
}
