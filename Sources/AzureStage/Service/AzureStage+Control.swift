import AzureIdentity
import Diagnostics
import FoundationEssentials
import HTTPListener
import HTTPMessages
import Synchronization

/// What can be asked of the stage itself, which Azure has nothing like.
extension AzureStage {
    func answerControl(_ request: StageRequest) throws -> Reply {
        switch (request.method, request.segments.dropFirst().map { $0.lowercased() }) {
        case ("GET", []), ("HEAD", []): return .json(200, description)
        case ("PATCH", []):
            try change(try request.document())
            return .json(200, description)
        case ("POST", ["assertions"]): return try assertion(try request.document())
        case (let method, []), (let method, ["assertions"]): throw StageFailure.method(method)
        default: throw StageFailure.nothingHere
        }
    }

    /// Everything but secrets.
    private var description: JSONValue {
        state.withLock { state in
            let tenants = state.tenants.values.sorted { $0.id < $1.id }.map { tenant -> JSONValue in
                [
                    "id": .text(tenant.id), "domain": tenant.domain.map { .text($0) } ?? .null,
                    "applications": .list(
                        tenant.applications.map { ["id": .text($0.id), "object": .text($0.object)] }),
                ]
            }
            return [
                "tokenLife": .number(Double(state.tokenLife)), "retryAfter": .number(Double(state.retryAfter)),
                "throttled": .object(
                    Dictionary(uniqueKeysWithValues: state.throttled.map { ($0.rawValue, .number(Double($1))) })),
                "tenants": .list(tenants), "accounts": .list(state.accounts.keys.sorted().map { .text($0) }),
                "vaults": .list(state.vaults.keys.sorted().map { .text($0) }),
            ]
        }
    }

    private func change(_ patch: JSONValue) throws(StageFailure) {
        func number(_ value: JSONValue?, _ range: ClosedRange<Int>, _ name: String) throws(StageFailure) -> Int? {
            guard let value else { return nil }
            guard let number = value.int, range.contains(number) else {
                throw .malformed("\(name) is not a number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
        let life = try number(patch["tokenLife"], 1...86_400, "tokenLife")
        let wait = try number(patch["retryAfter"], 0...3600, "retryAfter")
        var throttled: [StageService: Int] = [:]
        for (name, value) in patch["throttled"]?.fields ?? [:] {
            guard let service = StageService(rawValue: name), service != .control else {
                throw .malformed("the stage has no service of the name in throttled")
            }
            throttled[service] = try number(value, 0...1_000_000, name)
        }
        state.withLock { [throttled] state in
            state.tokenLife = life ?? state.tokenLife
            state.retryAfter = wait ?? state.retryAfter
            state.throttled.merge(throttled) { _, new in new }
        }
    }

    /// An assertion such as a cluster gives to what runs in it, of an issuer whose key set is not known: the stage signs.
    private func assertion(_ wanted: JSONValue) throws -> Reply {
        guard let issuer = wanted["issuer"]?.text, let subject = wanted["subject"]?.text else {
            throw StageFailure.malformed("issuer or subject is missing")
        }
        // Nobody may get the stage to sign what would pass for a token of Entra ID.
        guard !issuer.hasPrefix("https://sts.windows.net/") else {
            throw StageFailure.malformed("the issuer is Entra ID")
        }
        let (now, life) = (clock(), wanted["life"]?.int ?? 3600)
        var claims = TokenClaims()
        (claims.issuer, claims.subject) = (issuer, subject)
        claims.audiences = [wanted["audience"]?.text ?? "api://AzureADTokenExchange"]
        (claims.issued, claims.notBefore) = (now, now)
        claims.expires = now.addingTimeInterval(Double(min(max(life, -86_400), 86_400)))
        return .json(200, ["assertion": .text(try signer.sign(claims).reveal { $0 })])
    }
}
