public import HTTPMessages

/// A credential, where it was found, and what else was looked at.
public struct FoundCredential: Sendable {
    public let credential: Credential
    public let account: String
    /// The URL of the account, without a trailing slash.
    public let endpoint: HTTPURL
    public let report: CredentialReport
}

/// Where credentials were looked for, in order; holds no secret.
public struct CredentialReport: Sendable, Equatable {
    public enum Outcome: Sendable, Equatable {
        case used
        case notSet
        /// There, but not taken, and why.
        case passedOver(String)
    }

    public struct Look: Sendable, Equatable {
        public let place: CredentialPlace
        public let outcome: Outcome
    }

    public fileprivate(set) var looks: [Look] = []

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
    case clientIdentity = "AZURE_CLIENT_ID"
    case clientSecret = "AZURE_CLIENT_SECRET"
    case clientCertificate = "AZURE_CLIENT_CERTIFICATE_PATH"
    case workloadIdentity = "AZURE_FEDERATED_TOKEN_FILE"
    case managedIdentity = "IDENTITY_ENDPOINT"
}

/// What a location says of the account it is in.
public enum CredentialTarget: Sendable {
    /// A URL: the account's own, and the location's query, which may carry a SAS.
    case account(HTTPURL, query: HTTPQuery)
    /// `az://…`: the account is named by the environment.
    case environment
}

/// Finds a credential in an environment; a pure function of what it is given.
///
/// The order is that of ``CredentialPlace`` and documented in `docs/reference/credentials.md`. A malformed value is an
/// error, never a reason to go on; a value for another account than the location's is passed over.
public enum CredentialDiscovery {
    public static func find(
        for target: CredentialTarget, environment: [String: String]
    ) throws(CredentialError) -> FoundCredential {
        var search = Search(environment: environment.filter { !$0.value.isEmpty }, target: target)
        if let found = try search.run() { return found }
        throw search.failure
    }
}

/// One run through the places.
private struct Search {
    let environment: [String: String]
    let target: CredentialTarget
    var report = CredentialReport()

    mutating func run() throws(CredentialError) -> FoundCredential? {
        if let found = try inLocation() { return found }
        if let found = try inConnectionString() { return found }
        let here = try place()
        if let found = try asKey(here) { return found }
        if let found = try asToken(here) { return found }
        if let found = try asEmulator(here) { return found }
        let unsupported = [
            CredentialPlace.clientIdentity, .clientSecret, .clientCertificate, .workloadIdentity, .managedIdentity,
        ]
        for place in unsupported {
            note(place, environment[place.rawValue] == nil ? .notSet : .passedOver("not supported yet"))
        }
        if here == nil { throw CredentialError(.accountUnknown) }
        return nil
    }

    /// Why nothing was found, with everything that was there and not taken.
    var failure: CredentialError {
        let passed = report.looks.compactMap { look -> String? in
            guard case .passedOver(let reason) = look.outcome else { return nil }
            return "\(look.place.rawValue) (\(reason))"
        }
        let unsupported = report.looks.contains { $0.outcome == .passedOver("not supported yet") }
        return CredentialError(unsupported ? .notSupported : .notFound, detail: passed.joined(separator: ", "))
    }

    private mutating func inLocation() throws(CredentialError) -> FoundCredential? {
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
        return (account, HTTPURL(scheme: .https, host: "\(account.lowercased()).blob.core.windows.net"))
    }

    private mutating func asKey(_ here: (account: String, endpoint: HTTPURL)?) throws(CredentialError)
        -> FoundCredential?
    {
        guard let here, let text = value(of: .key, for: here) else { return nil }
        do throws(CredentialError) {
            return found(.sharedKey(try SharedKey(account: here.account, base64Key: text)), at: here, in: .key)
        } catch {
            throw error.at(CredentialPlace.key.rawValue)
        }
    }

    private mutating func asToken(_ here: (account: String, endpoint: HTTPURL)?) throws(CredentialError)
        -> FoundCredential?
    {
        guard let here, let text = value(of: .sasToken, for: here) else { return nil }
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
        guard let here, here.account == SharedKey.emulatorAccount, here.endpoint.isLoopback
        else {
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
        report.looks.append(.init(place: place, outcome: outcome))
    }
}
