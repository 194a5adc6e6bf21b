import Synchronization

/// Several identities in the order in which they are tried; the first that is there is used from then on.
///
/// An identity that is not there, such as a managed identity on a machine that is not Azure's, is passed over; one that
/// is there and is refused ends the search, because another would lead to other rights.
public final class IdentityChain: TokenIssuer {
    private let issuers: [any TokenIssuer]
    private let state = Mutex((chosen: Int?.none, looks: [CredentialReport.Look]()))

    /// True where one kind was asked for, whose failure then says more than that nothing was found.
    private let isAskedFor: Bool

    init(_ issuers: [any TokenIssuer], isAskedFor: Bool) {
        self.issuers = issuers
        self.isAskedFor = isAskedFor
    }

    private var current: (any TokenIssuer)? {
        state.withLock { $0.chosen }.map { issuers[$0] } ?? (issuers.count == 1 ? issuers.first : nil)
    }

    public var place: CredentialPlace { current?.place ?? .managedIdentity }
    public var name: String { current?.name ?? "token of Entra ID" }
    public var subject: IdentitySubject { current?.subject ?? IdentitySubject() }
    /// What was tried so far; complete once a token was asked for.
    public var looks: [CredentialReport.Look] { state.withLock { $0.looks } }

    public func issue(for audience: TokenAudience) async throws -> AccessToken {
        if let chosen = state.withLock({ $0.chosen }) { return try await issuers[chosen].issue(for: audience) }
        var looks: [CredentialReport.Look] = []
        var last: IdentityError?
        for (index, issuer) in issuers.enumerated() {
            do {
                let token = try await issuer.issue(for: audience)
                looks.append(.init(place: issuer.place, outcome: .used))
                state.withLock { $0 = (index, looks) }
                return token
            } catch let error as IdentityError where error.kind == .unavailable {
                last = error
                looks.append(.init(place: issuer.place, outcome: .passedOver(error.detail)))
            } catch {
                looks.append(.init(place: issuer.place, outcome: .failed))
                state.withLock { $0 = (nil, looks) }
                throw error
            }
        }
        state.withLock { $0 = (nil, looks) }
        if isAskedFor, let last { throw last }
        throw CredentialError(.notFound)
    }
}
