public import HTTPMessages

/// A credential, where it was found, and what else was looked at.
public struct FoundCredential: Sendable {
    public let credential: Credential
    public let account: String
    /// The URL of the account, without a trailing slash.
    public let endpoint: HTTPURL
    public let report: CredentialReport
    /// What gets the tokens, where the credential is one; it says which of several identities won.
    public var identity: FoundIdentity?
}

/// Identities of Entra ID that may be had, and what was looked at before.
public struct FoundIdentity: Sendable {
    public let chain: IdentityChain
    /// Keeps the chain's tokens.
    public let tokens: TokenCache
    public let report: CredentialReport

    public init(chain: IdentityChain, tokens: TokenCache, report: CredentialReport) {
        self.chain = chain
        self.tokens = tokens
        self.report = report
    }

    /// A token, or an error that says of all that was looked at why it was not taken.
    ///
    /// - Parameter before: What was looked at before the identities, and the report of these.
    public func token(for audience: TokenAudience, before: CredentialReport? = nil) async throws -> AccessToken {
        do {
            return try await tokens.token(for: audience)
        } catch let error as CredentialError where error.kind == .notFound {
            throw CredentialError(.notFound, detail: (before ?? report).followed(by: chain.looks).reasons)
        }
    }
}

/// Where credentials were looked for, in order; holds no secret.
public struct CredentialReport: Sendable, Equatable {
    public enum Outcome: Sendable, Equatable {
        case used
        case notSet
        /// There, but not taken, and why.
        case passedOver(String)
        /// It was tried, and an error ended the search.
        case failed
    }

    public struct Look: Sendable, Equatable {
        public let place: CredentialPlace
        public let outcome: Outcome

        public init(place: CredentialPlace, outcome: Outcome) {
            self.place = place
            self.outcome = outcome
        }

        /// The place and why it was not taken.
        var reason: String? {
            guard case .passedOver(let reason) = outcome else { return nil }
            return "\(place.rawValue) (\(reason))"
        }
    }

    public private(set) var looks: [Look] = []

    public init() {}

    mutating func note(_ place: CredentialPlace, _ outcome: Outcome) {
        looks.append(Look(place: place, outcome: outcome))
    }

    /// Why places were not taken, in one clause.
    var reasons: String { looks.compactMap(\.reason).joined(separator: ", ") }

    /// The same, with what was looked at afterwards.
    public func followed(by more: [Look]) -> CredentialReport {
        var report = self
        report.looks += more
        return report
    }

    /// The place that won.
    public var source: CredentialPlace? { looks.first { $0.outcome == .used }?.place }
}

/// Where a credential can come from, in the order in which the places are looked at.
public enum CredentialPlace: String, Sendable, CaseIterable {
    case location = "the location's SAS"
    case connectionString = "AZURE_STORAGE_CONNECTION_STRING"
    case key = "AZURE_STORAGE_KEY"
    case sasToken = "AZURE_STORAGE_SAS_TOKEN"
    case emulator = "the emulator's published key"
    case anonymous = "--auth anonymous"
    case clientSecret = "AZURE_CLIENT_SECRET"
    case clientCertificate = "AZURE_CLIENT_CERTIFICATE_PATH"
    case workloadIdentity = "AZURE_FEDERATED_TOKEN_FILE"
    case managedIdentity = "the managed identity"
    case azureCLI = "az login"
}

/// What a location says of the account it is in.
public enum CredentialTarget: Sendable {
    /// A URL: the account's own, and the location's query, which may carry a SAS.
    case account(HTTPURL, query: HTTPQuery)
    /// `az://…`: the account is named by the environment.
    case environment
}

/// What narrows the search for a credential, and what widens it.
public struct CredentialRules: Sendable {
    /// The one kind that was asked for.
    public var kind: CredentialKind?
    /// What the hosts of storage accounts end in.
    public var storageSuffix: String
    /// Looks for identities of Entra ID, once nothing else was found; throws ``CredentialError``.
    public var identities: @Sendable () throws(CredentialError) -> FoundIdentity?

    public init(
        kind: CredentialKind? = nil, storageSuffix: String = Cloud.public.storageSuffix,
        identities: @escaping @Sendable () throws(CredentialError) -> FoundIdentity? = { () throws(CredentialError) in
            nil
        }
    ) {
        self.kind = kind
        self.storageSuffix = storageSuffix
        self.identities = identities
    }
}

/// Finds a credential in an environment; a pure function of what it is given.
///
/// The order is that of ``CredentialPlace`` and documented in `docs/reference/credentials.md`. A malformed value is an
/// error, never a reason to go on; a value for another account than the location's is passed over. Identities of Entra
/// ID come last; which of those is there shows when a token is asked for.
public enum CredentialDiscovery {
    public static func find(
        for target: CredentialTarget, environment: [String: String], rules: CredentialRules = CredentialRules()
    ) throws(CredentialError) -> FoundCredential {
        var search = Search(environment: environment.filter { !$0.value.isEmpty }, target: target, rules: rules)
        if let found = try search.run() { return found }
        throw search.failure
    }
}

/// One run through the places.
private struct Search {
    let environment: [String: String]
    let target: CredentialTarget
    let rules: CredentialRules
    var report = CredentialReport()

    mutating func run() throws(CredentialError) -> FoundCredential? {
        if let found = try inLocation() { return found }
        if let found = try inConnectionString() { return found }
        let here = try place()
        if let found = try asKey(here) { return found }
        if let found = try asToken(here) { return found }
        if let found = try asEmulator(here) { return found }
        guard let here else { throw CredentialError(.accountUnknown) }
        if rules.kind == .anonymous { return found(.anonymous, at: here, in: .anonymous) }
        guard rules.kind?.identityPlace != nil || rules.kind == nil, let identity = try rules.identities() else {
            return nil
        }
        return FoundCredential(
            credential: .token(identity.tokens), account: here.account, endpoint: here.endpoint,
            report: report.followed(by: identity.report.looks), identity: identity)
    }

    /// Notes a place of another kind than the one that was asked for.
    private mutating func isUnwanted(_ place: CredentialPlace, of kind: CredentialKind, isSet: Bool) -> Bool {
        guard let wanted = rules.kind, wanted != kind else { return false }
        note(place, isSet ? .passedOver("`--auth \(wanted.rawValue)` asks for another kind") : .notSet)
        return true
    }

    /// Why nothing was found, with everything that was there and not taken.
    var failure: CredentialError {
        CredentialError(.notFound, detail: report.reasons)
    }

    private mutating func inLocation() throws(CredentialError) -> FoundCredential? {
        if case .account(_, let query) = target,
            isUnwanted(.location, of: .sas, isSet: SASToken.isPresent(in: query))
        {
            return nil
        }
        guard case .account(let endpoint, let query) = target, SASToken.isPresent(in: query) else {
            note(.location, .notSet)
            return nil
        }
        do throws(CredentialError) {
            let account = try AccountAddress(endpoint: endpoint).account
            return found(.sas(try SASToken(query)), at: (account, endpoint), in: .location)
        } catch {
            throw error.at("the location")
        }
    }

    private mutating func inConnectionString() throws(CredentialError) -> FoundCredential? {
        let isSet = environment[CredentialPlace.connectionString.rawValue] != nil
        if isUnwanted(.connectionString, of: .connectionString, isSet: isSet) { return nil }
        guard let text = environment[CredentialPlace.connectionString.rawValue] else {
            note(.connectionString, .notSet)
            return nil
        }
        let string: ConnectionString
        do throws(CredentialError) {
            string = try ConnectionString(text)
        } catch {
            throw error.at(CredentialPlace.connectionString.rawValue)
        }
        guard case .account(let endpoint, _) = target else {
            return found(string.credential, at: (string.account, string.blobEndpoint), in: .connectionString)
        }
        let account = try AccountAddress(endpoint: endpoint).account
        guard account == string.account else {
            note(.connectionString, .passedOver("it is for account \(string.account), the location for \(account)"))
            return nil
        }
        return found(string.credential, at: (account, endpoint), in: .connectionString)
    }

    /// Account and endpoint of everything but connection strings.
    private func place() throws(CredentialError) -> (account: String, endpoint: HTTPURL)? {
        if case .account(let endpoint, _) = target { return (try AccountAddress(endpoint: endpoint).account, endpoint) }
        guard let account = environment["AZURE_STORAGE_ACCOUNT"] else { return nil }
        guard SharedKey.isAccountName(account) else {
            throw CredentialError(.malformedAccount, place: "AZURE_STORAGE_ACCOUNT")
        }
        if let text = environment["AZURE_STORAGE_SERVICE_ENDPOINT"] {
            guard let url = HTTPURL(text), url.query.isEmpty else {
                throw CredentialError(
                    .accountUnknown, place: "AZURE_STORAGE_SERVICE_ENDPOINT", detail: "it is not the URL of an endpoint"
                )
            }
            return (account, url)
        }
        return (account, HTTPURL(scheme: .https, host: "\(account.lowercased()).blob.\(rules.storageSuffix)"))
    }

    private mutating func asKey(_ here: (account: String, endpoint: HTTPURL)?) throws(CredentialError)
        -> FoundCredential?
    {
        guard let here, !isUnwanted(.key, of: .key, isSet: environment[CredentialPlace.key.rawValue] != nil),
            let text = value(of: .key, for: here)
        else { return nil }
        do throws(CredentialError) {
            return found(.sharedKey(try SharedKey(account: here.account, base64Key: text)), at: here, in: .key)
        } catch {
            throw error.at(CredentialPlace.key.rawValue)
        }
    }

    private mutating func asToken(_ here: (account: String, endpoint: HTTPURL)?) throws(CredentialError)
        -> FoundCredential?
    {
        guard let here, !isUnwanted(.sasToken, of: .sas, isSet: environment[CredentialPlace.sasToken.rawValue] != nil),
            let text = value(of: .sasToken, for: here)
        else { return nil }
        do throws(CredentialError) {
            return found(.sas(try SASToken(text)), at: here, in: .sasToken)
        } catch {
            throw error.at(CredentialPlace.sasToken.rawValue)
        }
    }

    /// The emulator's key is published, so it is offered only to this machine.
    private mutating func asEmulator(_ here: (account: String, endpoint: HTTPURL)?) throws(CredentialError)
        -> FoundCredential?
    {
        let isHere = here.map { $0.account == SharedKey.emulatorAccount && $0.endpoint.isLoopback } ?? false
        if isUnwanted(.emulator, of: .key, isSet: isHere) { return nil }
        guard let here, isHere else {
            note(.emulator, .notSet)
            return nil
        }
        return found(.sharedKey(try SharedKey.emulator()), at: here, in: .emulator)
    }

    /// The value of a variable, unless `AZURE_STORAGE_ACCOUNT` says that it is for another account.
    private mutating func value(of place: CredentialPlace, for here: (account: String, endpoint: HTTPURL)) -> String? {
        guard let text = environment[place.rawValue] else {
            note(place, .notSet)
            return nil
        }
        if let account = environment["AZURE_STORAGE_ACCOUNT"], account != here.account {
            note(place, .passedOver("AZURE_STORAGE_ACCOUNT is \(account), the location for \(here.account)"))
            return nil
        }
        return text
    }

    private mutating func found(
        _ credential: Credential, at here: (account: String, endpoint: HTTPURL), in place: CredentialPlace
    ) -> FoundCredential {
        note(place, .used)
        return FoundCredential(credential: credential, account: here.account, endpoint: here.endpoint, report: report)
    }

    private mutating func note(_ place: CredentialPlace, _ outcome: CredentialReport.Outcome) {
        report.note(place, outcome)
    }
}
