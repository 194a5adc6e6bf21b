import AzureBlobs
import AzureIdentity
import BlobStorage
import Diagnostics
import FoundationEssentials
import HTTPMessages
import Synchronization
import Testing

/// Gives numbered tokens, and keeps which were refused.
private final class NumberedTokens: TokenSource {
    private let state = Mutex((count: 0, rejected: [String]()))

    var rejected: [String] { state.withLock { $0.rejected } }

    func token(for audience: TokenAudience, replacing rejected: AccessToken?) async throws -> AccessToken {
        state.withLock { state in
            state.count += 1
            if let rejected { state.rejected.append(rejected.text.reveal { $0 }) }
            return AccessToken("\(audience)-\(state.count)", expires: .distantFuture)
        }
    }
}

@Suite("Requests with a token")
struct TokenTests {
    private func store(_ url: String, _ tokens: any TokenSource, _ client: RecordingClient) throws -> any BlobStore {
        let connection = ServiceConnection(
            endpoint: try #require(HTTPURL(url)), credential: .token(tokens), client: client,
            now: { Date(timeIntervalSince1970: 1_710_495_000) }, random: { 0 })
        return RESTAccount(connection).store(of: try ContainerName("backups"))
    }

    private let container = HTTPResponse(
        status: 200, fields: ["ETag": "\"1\"", "Last-Modified": "Fri, 15 Mar 2024 09:30:00 GMT"])
    private let refusal = HTTPResponse(status: 401, fields: ["x-ms-error-code": "InvalidAuthenticationInfo"])

    @Test("ask for one each time, and show it to nobody in messages")
    func eachTime() async throws {
        let client = RecordingClient(.success(container), .success(container))
        let store = try store("https://acct.blob.core.windows.net", NumberedTokens(), client)
        for _ in 0..<2 { _ = try await store.containerProperties() }
        #expect(client.sent.map { $0.request.fields["Authorization"] } == ["Bearer storage-1", "Bearer storage-2"])
        #expect(client.sent.allSatisfy { $0.request.fields["x-ms-version"] != nil })
    }

    @Test("that is refused with 401 ask once for another")
    func refusedOnce() async throws {
        let client = RecordingClient(.success(refusal), .success(container))
        let tokens = NumberedTokens()
        _ = try await store("https://acct.blob.core.windows.net", tokens, client).containerProperties()
        #expect(tokens.rejected == ["storage-1"])
        #expect(client.sent.last?.request.fields["Authorization"] == "Bearer storage-2")
    }

    @Test("that are refused again are not tried a third time")
    func refusedTwice() async throws {
        let client = RecordingClient(.success(refusal), .success(refusal), .success(container))
        let store = try store("https://acct.blob.core.windows.net", NumberedTokens(), client)
        let error = await #expect(throws: BlobStoreError.self) { try await store.containerProperties() }
        #expect(error?.kind == .notAuthenticated)
        #expect(client.sent.count == 2)
    }

    @Test("send the same body again with the other token")
    func body() async throws {
        var created = container
        created.status = 201
        let client = RecordingClient(.success(refusal), .success(created))
        let store = try store("https://acct.blob.core.windows.net", NumberedTokens(), client)
        let bytes: [UInt8] = [1, 2, 3]
        _ = try await store.put(bytes.span, to: BlobName("b"), attributes: BlobAttributes(), if: .always)
        #expect(client.sent.map(\.body) == [bytes, bytes])
    }

    @Test(
        "go over TLS or stay on this machine",
        arguments: [
            ("https://acct.blob.core.windows.net", true), ("http://127.0.0.1:10000/acct", true),
            ("http://localhost:10000/acct", true), ("http://acct.blob.core.windows.net", false),
            ("http://192.168.0.1/acct", false),
        ])
    func secure(url: String, isAllowed: Bool) async throws {
        let client = RecordingClient(.success(container))
        let store = try store(url, NumberedTokens(), client)
        if isAllowed {
            _ = try await store.containerProperties()
        } else {
            let error = await #expect(throws: BlobStoreError.self) { try await store.containerProperties() }
            #expect((error?.cause as? CredentialError)?.kind == .insecure)
            #expect(client.sent.isEmpty)
        }
    }
}
