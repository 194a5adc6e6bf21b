import Diagnostics
import FoundationEssentials
import HTTPMessages
import Testing

@testable import AzureIdentity

@Suite("Shared access signatures")
struct SASTests {
    private let now = Date(timeIntervalSince1970: 1_710_495_000)  // 2024-03-15T09:30:00Z

    private func key() throws -> SharedKey { try SharedKey(account: "acct", key: Secret(Array(0..<64))) }

    private func fields(_ values: [String: String]) -> SASFields {
        var fields = SASFields()
        fields["sv"] = "2021-12-02"
        fields["se"] = "2024-03-16"
        for (name, value) in values { fields[name] = value }
        return fields
    }

    private func containerToken(_ values: [String: String]) throws -> SASToken {
        let resource = SASResource(account: "acct", container: "c")
        let fields = fields(["sr": "c"].merging(values) { $1 })
        return try #require(SASToken.signing(fields, for: resource, with: key()))
    }

    private func accountToken(_ values: [String: String]) throws -> SASToken {
        let all = fields(["ss": "b", "srt": "sco"].merging(values) { $1 })
        return try #require(SASToken.signing(all, forAccountOf: key()))
    }

    private func request(_ operation: BlobOperation, blob: String? = "b", address: String = "10.0.0.5") -> SASRequest {
        SASRequest(
            operation, account: "acct", container: "c", blob: blob, scheme: .http, clientAddress: address, now: now)
    }

    private func code(_ decision: SASDecision) -> AuthorizationRefusal.Code? {
        guard case .refused(let refusal) = decision else { return nil }
        return refusal.code
    }

    @Test(
        "end when they say, or when the key that signed them does",
        arguments: [
            (["se": "2024-03-16"], 1_710_547_200), (["se": "2024-03-15T10:00:00Z"], 1_710_496_800),
            (["se": "2024-03-16", "ske": "2024-03-15T10:00:00Z"], 1_710_496_800),
            (["se": "2024-03-15T10:00:00Z", "ske": "2024-03-16"], 1_710_496_800), (["se": "", "si": "policy"], nil),
            (["se": "tomorrow"], nil),
        ] as [([String: String], Double?)])
    func end(values: [String: String], expected: Double?) throws {
        #expect(fields(values).end == expected.map { Date(timeIntervalSince1970: $0) })
    }

    @Test("are an error before any request once they have ended, which says when, and shows no secret")
    func ended() throws {
        let token = try containerToken(["sp": "r", "se": "2024-03-15T09:30:00Z"])
        try Credential.sas(token).requireValidity(now: now.addingTimeInterval(-1))
        try Credential.sharedKey(key()).requireValidity(now: now)
        let error = #expect(throws: CredentialError.self) { try Credential.sas(token).requireValidity(now: now) }
        #expect(error?.kind == .ended)
        #expect(error?.exitCode == .notPermitted)
        #expect(error?.summary.contains("2024-03-15T09:30:00Z") == true)
        #expect(error?.remedy?.contains("new SAS") == true)
    }

    @Test("allow what their letters say, and nothing else", arguments: BlobOperation.allCases)
    func permissions(operation: BlobOperation) throws {
        let requirement = operation.requirement
        for letter in "racwdxyltfmeopiu" {
            let service = try containerToken(["sp": String(letter)]).decide(request(operation), keys: [key()])
            let account = try accountToken(["sp": String(letter)]).decide(request(operation), keys: [key()])
            func expected(_ letters: String) -> SASDecision? {
                if requirement.allowsAny { return .allowed }
                guard letters.contains(letter) else { return nil }
                return requirement.forNewBlob == letter ? .allowedForNewBlob : .allowed
            }
            if let expected = expected(requirement.service) {
                #expect(service == expected, "\(letter)")
            } else {
                #expect(code(service) == .permissionMismatch, "\(letter)")
            }
            if let expected = expected(requirement.account) {
                #expect(account == expected, "\(letter)")
            } else {
                #expect(code(account) == .permissionMismatch, "\(letter)")
            }
        }
    }

    @Test("with write permission do not ask for a new blob")
    func createOrWrite() throws {
        let decision = try containerToken(["sp": "cw"]).decide(request(.putBlob), keys: [key()])
        #expect(decision == .allowed)
    }

    @Test("of an account cover its services and resource types only")
    func accountScope() throws {
        let list = request(.listBlobs, blob: nil)
        #expect(code(try accountToken(["sp": "l", "srt": "so"]).decide(list, keys: [key()])) == .resourceTypeMismatch)
        #expect(code(try accountToken(["sp": "l", "ss": "qf"]).decide(list, keys: [key()])) == .serviceMismatch)
        #expect(try accountToken(["sp": "l", "srt": "c"]).decide(list, keys: [key()]) == .allowed)
    }

    @Test("of one blob cover neither another blob nor its container")
    func blobScope() throws {
        let resource = SASResource(account: "acct", container: "c", blob: "b")
        let made = SASToken.signing(fields(["sr": "b", "sp": "rl"]), for: resource, with: try key())
        let token = try #require(made)
        #expect(token.decide(request(.getBlob), keys: [try key()]) == .allowed)
        #expect(code(token.decide(request(.getBlob, blob: "b2"), keys: [try key()])) == .authenticationFailed)
        #expect(code(token.decide(request(.listBlobs, blob: nil), keys: [try key()])) == .resourceTypeMismatch)
        #expect(code(token.decide(request(.listBlobs), keys: [try key()])) == .resourceTypeMismatch)
        var other = request(.getBlob)
        other.container = "c2"
        #expect(code(token.decide(other, keys: [try key()])) == .authenticationFailed)
    }

    @Test(
        "are valid from their start until before their expiry",
        arguments: [
            ("2024-03-15T09:30:00Z", "2024-03-15T09:30:01Z", true), ("2024-03-15T09:30:01Z", "2024-03-16", false),
            ("", "2024-03-15T09:30:00Z", false), ("", "2024-03-15T09:31Z", true), ("2024-03-15", "2024-03-16", true),
            ("", "2024-03-15T09:30:00.0000001Z", true), ("", "soon", false), ("", "2024-02-30T25:00Z", false),
        ])
    func time(start: String, expiry: String, valid: Bool) throws {
        let token = try containerToken(["sp": "r", "st": start, "se": expiry])
        let decision = token.decide(request(.getBlob), keys: [try key()])
        #expect(decision == .allowed || code(decision) == .authenticationFailed)
        #expect((decision == .allowed) == valid)
    }

    @Test(
        "are bound to addresses",
        arguments: [
            ("10.0.0.5", "10.0.0.5", true), ("10.0.0.1-10.0.0.9", "10.0.0.9", true),
            ("10.0.0.1-10.0.0.9", "10.0.0.10", false), ("10.0.0.5", "::ffff:10.0.0.5", true),
            ("10.0.0.5", "fe80::1", false), ("10.0.0.5", "", false),
        ])
    func addresses(allowed: String, client: String, valid: Bool) throws {
        let token = try containerToken(["sp": "r", "sip": allowed])
        let decision = token.decide(request(.getBlob, address: client), keys: [try key()])
        #expect(valid ? decision == .allowed : code(decision) == .sourceIPMismatch)
    }

    @Test(
        "with broken addresses let nobody in",
        arguments: ["10.0.0", "10.0.0.9-10.0.0.1", "a-b", "256.0.0.1", "1-2-3", "-"])
    func brokenAddresses(text: String) throws {
        let decision = try containerToken(["sp": "r", "sip": text]).decide(request(.getBlob), keys: [key()])
        #expect(code(decision) == .authenticationFailed)
    }

    @Test(
        "know days and times that exist",
        arguments: [
            ("2024-02-29", true), ("2024-03-15T09:30Z", true), ("2024-03-15T09:30:00.1234567Z", true),
            ("2023-02-29", false), ("2024-02-31T09:30:00Z", false), ("2024-04-31", false), ("2024-13-01", false),
            ("2024-00-10", false), ("2024-03-15T24:00Z", false), ("2024-03-15T09:30", false),
        ])
    func times(text: String, exists: Bool) { #expect(StoredAccessPolicy.isTime(text) == exists) }

    @Test("for https only are refused over http")
    func scheme() throws {
        let token = try containerToken(["sp": "r", "spr": "https"])
        #expect(code(token.decide(request(.getBlob), keys: [try key()])) == .protocolMismatch)
        var secure = request(.getBlob)
        secure.scheme = .https
        #expect(token.decide(secure, keys: [try key()]) == .allowed)
        let both = try containerToken(["sp": "r", "spr": "https,http"])
        #expect(both.decide(request(.getBlob), keys: [try key()]) == .allowed)
    }

    @Test("may leave their terms to a stored policy, but not say them twice")
    func policies() throws {
        let named = try containerToken(["si": "p", "se": ""])
        let policy = StoredAccessPolicy(expiry: "2024-03-16", permissions: "r")
        #expect(named.decide(request(.getBlob), keys: [try key()], policy: { _ in policy }) == .allowed)
        #expect(code(named.decide(request(.getBlob), keys: [try key()])) == .authenticationFailed)
        let twice = try containerToken(["si": "p", "se": "", "sp": "r"])
        let decision = twice.decide(request(.getBlob), keys: [try key()], policy: { _ in policy })
        #expect(code(decision) == .authenticationFailed)
    }

    @Test("signed with another key, changed, or of an unknown version are refused")
    func forged() throws {
        let token = try containerToken(["sp": "r"])
        let other = try SharedKey(account: "acct", key: Secret([1]))
        #expect(code(token.decide(request(.getBlob), keys: [other])) == .authenticationFailed)
        #expect(code(token.decide(request(.getBlob), keys: [])) == .authenticationFailed)
        #expect(token.decide(request(.getBlob), keys: [other, try key()]) == .allowed)
        let raised = token.reveal { $0.encoded }.replacing("sp=r&", with: "sp=rw&")
        #expect(code(try SASToken(raised).decide(request(.getBlob), keys: [key()])) == .authenticationFailed)
        for version in ["2012-02-12", "latest", "2021-1-1xx"] {
            let odd = token.reveal { $0.encoded }.replacing("2021-12-02", with: version)
            #expect(code(try SASToken(odd).decide(request(.getBlob), keys: [key()])) == .authenticationFailed)
        }
    }

    @Test("of users are recognised, and refused by a server that did not give out their key")
    func userDelegation() throws {
        let token = try containerToken(["sp": "r", "skoid": "aaaa"])
        #expect(token.fields.form == .userDelegation)
        #expect(code(token.decide(request(.getBlob), keys: [try key()])) == .authenticationFailed)
    }

    @Test(
        "that are malformed say so without being shown",
        arguments: [
            "", "sv=2021-12-02&sr=b&sp=r", "sig=AAAA&sv=2021-12-02&sr=b", "sv=%ZZ&sig=x",
            "sr=b&sig=0IXMYlLU6pkWvJepbrgVds6gnba8OQztO%2Ft2GPYl4c%3D",
            "sv=2021-12-02&sv=2021-12-02&sr=b&sig=A0IXMYlLU6pkWvJepbrgVds6gnba8OQztO%2Ft2GPYl4c%3D",
            "sv=2021-12-02&sig=A0IXMYlLU6pkWvJepbrgVds6gnba8OQztO%2Ft2GPYl4c%3D",
            "sv=2021-12-02&ss=b&sig=A0IXMYlLU6pkWvJepbrgVds6gnba8OQztO%2Ft2GPYl4c%3D",
        ])
    func malformed(text: String) throws {
        let error = #expect(throws: CredentialError.self) { try SASToken(text) }
        #expect(error?.kind == .malformedSAS)
        #expect(error.map { !Explanation($0).text.contains("A0IX") } == true)
    }

    @Test("with a plus that nobody encoded are understood")
    func rawPlus() throws {
        let raw = "sv=2021-12-02&sr=b&sp=r&sig=A0IXMYlLU6pkWvJep+rgVds6gnba8OQztO/t2GPYl4c="
        #expect(try SASToken(raw).reveal { $0["sig"] } == "A0IXMYlLU6pkWvJep+rgVds6gnba8OQztO/t2GPYl4c=")
    }

    @Test("go into the query of a request behind its own parameters, and into no description")
    func applied() async throws {
        let token = try containerToken(["sp": "r"])
        var request = HTTPRequest(.get, try #require(HTTPURL("https://acct.blob.core.windows.net/c/b?comp=tags")))
        try await Credential.sas(token).authorize(&request, contentLength: 0, now: now)
        #expect(request.url.query.hasPrefix("comp=tags&sp=r&se=2024-03-16&sv=2021-12-02&sr=c&sig="))
        let signature = try #require(token.reveal { $0["sig"] })
        #expect(!"\(token) \(request.url)".contains(signature))
        var dump = ""
        Swift.dump(token, to: &dump)
        #expect(!dump.contains(signature))
    }
}
