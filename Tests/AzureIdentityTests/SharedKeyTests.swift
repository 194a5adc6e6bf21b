import Diagnostics
import FoundationEssentials
import HTTPMessages
import Testing

@testable import AzureIdentity

@Suite("Shared Key")
struct SharedKeyTests {
    private let now = Date(timeIntervalSince1970: 1_710_495_000)

    private func key() throws -> SharedKey { try SharedKey(account: "acct", key: Secret(Array(0..<64))) }

    @Test("sorts header names as the service does")
    func wordOrder() {
        let names = [
            "test", "test-", "test--", "test_-", "test-_", "test__", "test_a", "test_a-", "test-_a", "test0", "testa",
            "test-a",
        ]
        #expect(names.reversed().sorted(by: WordOrder.precedes) == names)
        #expect(WordOrder.precedes("x-ms-meta-i_", "x-ms-meta-i0"))
        #expect(WordOrder.precedes("x-ms-meta-foo_bar", "x-ms-meta-foo2_bar"))
        #expect(WordOrder.precedes("x-ms-copy-source", "x-ms-copy-source-authorization"))
        #expect(!WordOrder.precedes("test", "test"))
    }

    @Test("signs a request that a server accepts, whatever dates were in it before")
    func roundTrip() async throws {
        var request = HTTPRequest(
            .put, try #require(HTTPURL("https://acct.blob.core.windows.net/c/a%20b?comp=block&blockid=QQ%3D%3D")),
            fields: ["Date": "Thu, 01 Jan 1970 00:00:00 GMT", "x-ms-version": "2021-12-02"])
        try await Credential.sharedKey(key()).authorize(&request, contentLength: 5, now: now)
        #expect(request.fields["Date"] == nil)
        #expect(request.fields["x-ms-date"] == "Fri, 15 Mar 2024 09:30:00 GMT")
        let header = try #require(SharedKeyAuthorization(header: request.fields["Authorization"] ?? ""))
        #expect(header.account == "acct")
        func refusal(length: Int) throws -> AuthorizationRefusal? {
            header.refusal(
                of: SignedText(request, contentLength: length, account: "acct"), keys: [try key()], now: now)
        }
        #expect(try refusal(length: 5) == nil)
        #expect(try refusal(length: 6)?.code == .authenticationFailed)
    }

    @Test(
        "accepts the strings that other clients sign",
        arguments: [
            (SignedText.HeaderOrder.ordinal, SignedText.DateLine.header), (.word, .header), (.ordinal, .empty),
        ])
    func variants(order: SignedText.HeaderOrder, date: SignedText.DateLine) throws {
        let day = "Fri, 15 Mar 2024 09:30:00 GMT"
        let request = SignedText(
            method: .get, target: "/acct-secondary/c/b?comp=metadata",
            fields: ["x-ms-date": day, "Date": day, "x-ms-meta-i0": "a", "x-ms-meta-i_": "b"], contentLength: nil,
            account: "acct")
        for target in [request.target, "/acct/c/b?comp=metadata"] {
            let text = request.withTarget(target).sharedKey(order: order, date: date)
            let signature = Data(try key().signature(of: text)).base64EncodedString()
            let header = try #require(SharedKeyAuthorization(header: "SharedKey acct:\(signature)"))
            #expect(header.refusal(of: request, keys: [try key()], now: now) == nil)
        }
    }

    @Test("refuses dates more than 15 minutes off, missing and malformed ones", arguments: [-901.0, 901])
    func skew(seconds: Double) throws {
        var request = HTTPRequest(.get, try #require(HTTPURL("http://127.0.0.1/acct/c")))
        try key().sign(&request, contentLength: 0, now: now.addingTimeInterval(seconds))
        let header = try #require(SharedKeyAuthorization(header: request.fields["Authorization"] ?? ""))
        let text = SignedText(request, contentLength: nil, account: "acct")
        #expect(header.refusal(of: text, keys: [try key()], now: now)?.detail.contains("15 minutes") == true)
        for fields in [HTTPFields(), ["x-ms-date": "yesterday"]] {
            let undated = SignedText(method: .get, target: "/", fields: fields, contentLength: nil, account: "acct")
            let signature = Data(try key().signature(of: undated.sharedKey())).base64EncodedString()
            let header = try #require(SharedKeyAuthorization(header: "SharedKey acct:\(signature)"))
            #expect(header.refusal(of: undated, keys: [try key()], now: now)?.code == .authenticationFailed)
        }
    }

    @Test(
        "refuses headers that are no Shared Key",
        arguments: [
            "", "SharedKey", "SharedKey acct", "SharedKey acct:", "SharedKey acct:####", "SharedKey acct:QUFB",
            "Bearer abc", "sharedkey a:b:c",
        ])
    func malformed(header: String) { #expect(SharedKeyAuthorization(header: header) == nil) }

    @Test(
        "says of a malformed key that it is, and not what it is",
        arguments: ["not base64!", "", "QQ=", "secretsecret="])
    func malformedKey(text: String) {
        do throws(CredentialError) {
            _ = try SharedKey(account: "acct", base64Key: text)
            Issue.record("a malformed key was taken")
        } catch {
            #expect(error.kind == .malformedKey)
            let said = Explanation(error).text + String(describing: error)
            #expect(text.isEmpty || !said.contains(text))
        }
    }

    @Test(
        "writes a length of 0 as a digit for versions before 2015-02-21",
        arguments: [("2014-02-14", "0"), ("2015-02-21", "")])
    func oldVersions(version: String, line: String) {
        let request = SignedText(
            method: .put, target: "/c", fields: ["x-ms-version": version], contentLength: 0, account: "acct")
        #expect(request.sharedKey().split(separator: "\n", omittingEmptySubsequences: false)[3] == line)
    }

    @Test("keeps white space inside quotes and makes line breaks one space")
    func folding() {
        let request = SignedText(
            method: .get, target: "/", fields: ["x-ms-a": " \"a  b\"\r\n  c ", "x-ms-b": ""], contentLength: nil,
            account: "acct")
        #expect(request.sharedKey().hasSuffix("x-ms-a:\"a  b\" c\nx-ms-b:\n/acct/"))
    }
}
