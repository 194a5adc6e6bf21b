import AzureIdentity
import CryptoDigests
import Diagnostics
import FoundationEssentials
import Testing

@Suite("Tokens in JSON")
struct JSONWebTokenTests {
    private let now = Date(timeIntervalSince1970: 1_710_495_000)

    private var claims: TokenClaims {
        var claims = TokenClaims()
        claims.issuer = "https://sts.example/tenant/"
        claims.audiences = ["https://storage.azure.com"]
        claims.notBefore = now
        claims.expires = now.addingTimeInterval(3600)
        claims.object = "o-1"
        claims.tenant = "t-1"
        claims.application = "a-1"
        return claims
    }

    private func part(_ json: String) -> String { Base64.encodeURL(Array(json.utf8)) }

    @Test("are signed, taken apart and verified", arguments: RSAAlgorithm.allCases)
    func roundTrip(algorithm: RSAAlgorithm) throws {
        let key = try RSAPrivateKey.generate()
        var header = JSONWebToken.Header(algorithm, keyID: "k1")
        header.certificates = ["AAAA"]
        let text = try JSONWebToken.signing(claims, header: header, with: key).reveal { $0 }
        let token = try JSONWebToken(text)
        #expect(token.header == header)
        #expect(token.claims == claims)
        #expect(token.isSigned(by: key.publicKey))
        #expect(!token.isSigned(by: try RSAPrivateKey.generate().publicKey))
    }

    @Test("of which one character was changed are not signed")
    func changed() throws {
        let key = try RSAPrivateKey.generate()
        let text = try JSONWebToken.signing(claims, header: .init(.rs256), with: key).reveal { $0 }
        let parts = text.split(separator: ".").map(String.init)
        var other = claims
        other.object = "o-2"
        let changed = try JSONWebToken.signing(other, header: .init(.rs256), with: key).reveal { $0 }
        let mixed = [parts[0], changed.split(separator: ".").map(String.init)[1], parts[2]].joined(separator: ".")
        #expect(try !JSONWebToken(mixed).isSigned(by: key.publicKey))
        for algorithm in ["none", "HS256", "", "PS256"] {
            let forged = [part(#"{"alg":"\#(algorithm)"}"#), parts[1], parts[2]].joined(separator: ".")
            #expect(try !JSONWebToken(forged).isSigned(by: key.publicKey), "\(algorithm)")
        }
        #expect(try !JSONWebToken("\(parts[0]).\(parts[1]).").isSigned(by: key.publicKey))
    }

    @Test("say what others write, too: several audiences, the application of version 2, and claims unknown here")
    func foreign() throws {
        let json = #"{"aud":["a","b"],"azp":"app","exp":1710495000.5,"nbf":null,"roles":["x"],"ver":"2.0"}"#
        let claims = try JSONWebToken("\(part(#"{"alg":"RS256"}"#)).\(part(json)).AAAA").claims
        #expect(claims.audiences == ["a", "b"])
        #expect(claims.application == "app")
        #expect(claims.expires == Date(timeIntervalSince1970: 1_710_495_000.5))
        #expect(claims.notBefore == nil)
    }

    @Test(
        "that are none are errors",
        arguments: [
            "", ".", "..", "...", "a.b", "a.b.c", "ä.ö.ü", "e30.e30.", "e30.e30.AAAA", #"{"alg":"RS256"}.e30.AAAA"#,
            "eyJhbGciOiJSUzI1NiJ9.e30.A", "eyJhbGciOiJSUzI1NiJ9.W10.AAAA", "eyJhbGciOiJSUzI1NiJ9.e30.AAAA.AAAA",
            "eyJhbGciOiJSUzI1NiJ9. e30.AAAA",
        ])
    func malformed(text: String) { #expect(throws: TokenFormatError.self) { try JSONWebToken(text) } }

    @Test(
        "with claims that cannot be are errors",
        arguments: [
            #"{"exp":"soon"}"#, #"{"exp":1e300}"#, #"{"exp":1e999}"#, #"{"exp":-1}"#, #"{"aud":1}"#, #"{"oid":{}}"#,
            #"{"nbf":[1]}"#, "null", "{", "\u{0}",
        ])
    func malformedClaims(json: String) {
        let text = "\(part(#"{"alg":"RS256"}"#)).\(part(json)).AAAA"
        #expect(throws: TokenFormatError.malformed(.claims)) { try JSONWebToken(text) }
    }

    @Test("that are too long or too deep are errors")
    func large() {
        let long = String(repeating: "A", count: 70_000)
        #expect(throws: TokenFormatError.tooLong) { try JSONWebToken("\(long).e30.AAAA") }
        let deep = String(repeating: #"{"a":["#, count: 6_000)
        #expect(throws: TokenFormatError.malformed(.claims)) {
            try JSONWebToken("\(part(#"{"alg":"RS256"}"#)).\(part(deep)).AAAA")
        }
    }

    @Test("are in time from their beginning to their end, give or take the skew")
    func time() {
        #expect(claims.isInTime(at: now))
        #expect(!claims.isInTime(at: now.addingTimeInterval(-1)))
        #expect(claims.isInTime(at: now.addingTimeInterval(-1), skew: 300))
        #expect(!claims.isInTime(at: now.addingTimeInterval(3600)))
        #expect(claims.isInTime(at: now.addingTimeInterval(3600), skew: 300))
        var endless = claims
        endless.expires = nil
        #expect(!endless.isInTime(at: now))
    }
}
