import AzureIdentity
import Diagnostics
import FoundationEssentials
import HTTPMessages
import TestSupport
import Testing

/// `fixtures/signing-vectors.json`.
struct SigningVectors: Decodable {
    struct Vector: Decodable, CustomTestStringConvertible, Sendable {
        struct Input: Decodable {
            struct DelegationKey: Decodable {
                let signedOid, signedTid, signedStart, signedExpiry, signedService, signedVersion, value: String
            }
            let account: String
            let accountKeyBase64: String?
            let userDelegationKey: DelegationKey?
            let method: String?
            let url: String?
            let headers: [[String]]?
            let path: String?
            let parameters: [String: String]?
        }
        let id: String
        let kind: String
        let input: Input
        let stringToSign: String
        let signature: String
        let authorization: String?
        let query: String?

        var testDescription: String { id }

        func key() throws -> SharedKey {
            let text = try #require(input.accountKeyBase64 ?? input.userDelegationKey?.value)
            return try SharedKey(account: input.account, base64Key: text)
        }

        /// The request of a Shared Key vector, with its `Content-Length` taken out of the headers.
        func signedText() throws -> SignedText {
            var fields = HTTPFields()
            var length: Int?
            for header in try #require(input.headers) {
                if header[0] == "Content-Length" {
                    length = Int(header[1])
                } else {
                    fields.append(header[0], header[1])
                }
            }
            let url = try #require(HTTPURL(input.url ?? ""))
            let method = try #require(HTTPMethod(rawValue: input.method ?? ""))
            return SignedText(
                method: method, target: url.target, fields: fields, contentLength: length, account: input.account)
        }

        /// The fields of a SAS vector, with those that come from the delegation key.
        func sasFields() throws -> SASFields {
            var fields = SASFields()
            for (name, value) in try #require(input.parameters) where name != "snapshotTime" { fields[name] = value }
            if let key = input.userDelegationKey {
                fields["skoid"] = key.signedOid
                fields["sktid"] = key.signedTid
                fields["skt"] = key.signedStart
                fields["ske"] = key.signedExpiry
                fields["sks"] = key.signedService
                fields["skv"] = key.signedVersion
            }
            return fields
        }

        func resource() throws -> SASResource {
            let parts = try #require(input.path).split(separator: "/", maxSplits: 1).map(String.init)
            return SASResource(
                account: input.account, container: parts[0], blob: parts.count > 1 ? parts[1] : nil,
                snapshot: input.parameters?["snapshotTime"] ?? "")
        }
    }

    let vectors: [Vector]

    static func of(_ kinds: String...) -> [Vector] {
        guard let bytes = try? Fixtures.bytes("signing-vectors.json"),
            let all = try? JSONDecoder().decode(SigningVectors.self, from: Data(bytes))
        else { return [] }
        return all.vectors.filter { kinds.contains($0.kind) }
    }
}

@Suite("Signing vectors")
struct SigningVectorTests {
    @Test("are all there: 22 of Shared Key, 10 of service and account SAS, 5 of user delegation SAS")
    func complete() {
        #expect(SigningVectors.of("SharedKey").count == 20)
        #expect(SigningVectors.of("SharedKeyLite").count == 2)
        #expect(SigningVectors.of("ServiceSAS", "AccountSAS").count == 10)
        #expect(SigningVectors.of("UserDelegationSAS").count == 5)
    }

    @Test("give the string to sign and the signature", arguments: SigningVectors.of("SharedKey", "SharedKeyLite"))
    func sharedKey(vector: SigningVectors.Vector) throws {
        let request = try vector.signedText()
        let text = vector.kind == "SharedKey" ? request.sharedKey() : request.sharedKeyLite()
        #expect(text == vector.stringToSign)
        let signature = Data(try vector.key().signature(of: text)).base64EncodedString()
        #expect(signature == vector.signature)
        #expect("\(vector.kind) \(vector.input.account):\(signature)" == vector.authorization)
    }

    @Test(
        "are accepted by a server that holds the key as its second",
        arguments: SigningVectors.of("SharedKey", "SharedKeyLite"))
    func accepted(vector: SigningVectors.Vector) throws {
        let header = try #require(SharedKeyAuthorization(header: vector.authorization ?? ""))
        let other = try SharedKey(account: vector.input.account, key: Secret(Array(repeating: 7, count: 64)))
        let now = try #require(HTTPDate.parse("Fri, 15 Mar 2024 09:40:00 GMT"))
        let request = try vector.signedText()
        #expect(header.refusal(of: request, keys: [other, try vector.key()], now: now) == nil)
        let refusal = try #require(header.refusal(of: request, keys: [other], now: now))
        #expect(refusal.code == .authenticationFailed)
        #expect(refusal.detail.contains(vector.stringToSign))
    }

    @Test("give every form of SAS", arguments: SigningVectors.of("ServiceSAS", "AccountSAS", "UserDelegationSAS"))
    func sas(vector: SigningVectors.Vector) throws {
        let fields = try vector.sasFields()
        let key = try vector.key()
        let text: String?
        let made: SASToken?
        if vector.kind == "AccountSAS" {
            #expect(fields.form == .account)
            text = fields.stringToSign(forAccount: vector.input.account)
            made = SASToken.signing(fields, forAccountOf: key)
        } else {
            #expect(fields.form == (vector.kind == "ServiceSAS" ? .service : .userDelegation))
            text = fields.stringToSign(for: try vector.resource())
            made = SASToken.signing(fields, for: try vector.resource(), with: key)
        }
        #expect(text == vector.stringToSign)
        let token = try #require(made)
        let expected = try #require(HTTPQuery(encoded: vector.query ?? ""))
        #expect(token.reveal { $0["sig"] } == vector.signature)
        let order: (HTTPQuery.Parameter, HTTPQuery.Parameter) -> Bool = { $0.name < $1.name }
        #expect(token.reveal { $0.all.sorted(by: order) } == expected.all.sorted(by: order))
        let read = try SASToken(try #require(vector.query))
        #expect(read.fields == fields)
    }
}
