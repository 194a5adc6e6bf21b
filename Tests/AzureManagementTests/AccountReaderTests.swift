import AzureIdentity
import Diagnostics
import FoundationEssentials
import HTTPMessages
import Synchronization
import Testing

@testable import AzureManagement

@Suite("Reading an account through the resource manager")
struct AccountReaderTests {
    private static let id = "/subscriptions/s2/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/pgbackups01"

    @Test("finds the account of a name in the pages of all subscriptions")
    func finds() async throws {
        let service = ScriptedManager([
            "/subscriptions": .json("{\"value\": [{\"subscriptionId\": \"s1\"}, {\"subscriptionId\": \"s2\"}]}"),
            "/subscriptions/s1/providers/Microsoft.Storage/storageAccounts": .json("{\"value\": []}"),
            "/subscriptions/s2/providers/Microsoft.Storage/storageAccounts": .json(
                "{\"value\": [], \"nextLink\": \"https://management.example/page2?api-version=2023-05-01\"}"),
            "/page2": .json("{\"value\": [{\"id\": \"\(Self.id)\", \"name\": \"pgbackups01\"}]}"),
        ])
        #expect(try await service.reader.find("PGBackups01").description == Self.id)
        let error = await #expect(throws: ResourceManagerError.self) { try await service.reader.find("other") }
        #expect(error?.kind == .notFound && error?.exitCode == .notFound)
    }

    @Test("never takes its token to another host")
    func foreignPage() async throws {
        let service = ScriptedManager([
            "/subscriptions": .json("{\"value\": [], \"nextLink\": \"https://evil.example/page2\"}")
        ])
        let error = await #expect(throws: ResourceManagerError.self) { try await service.reader.find("a") }
        #expect(error?.kind == .malformed("a next page on another host"))
        #expect(service.asked == ["/subscriptions"])
    }

    @Test("leaves open what the caller may not read, and names it")
    func gaps() async throws {
        let service = ScriptedManager([
            "\(Self.id)/blobServices/default": .json("{\"properties\": {\"isVersioningEnabled\": true}}"),
            "\(Self.id)/blobServices/default/containers/backups": .failure(404, "ContainerNotFound"),
            "\(Self.id)/blobServices/default/containers/backups/providers/Microsoft.Authorization/permissions": .json(
                "{\"value\": [{\"actions\": [\"*\"], \"notActions\": [], \"dataActions\": []}]}"),
            "\(Self.id)/providers/Microsoft.Authorization/locks": .failure(403, "AuthorizationFailed"),
        ])
        let id = try #require(ResourceID(Self.id))
        var situation = AccountSituation(StorageAccount(), now: .moment)
        let gaps = try await service.reader.complete(&situation, of: id, container: "backups")
        #expect(situation.blobService?.isVersioningEnabled == true)
        #expect(situation.container == .missing(name: "backups"))
        #expect(situation.permissions?.count == 1 && situation.locks == nil)
        #expect(gaps.map(\.what) == ["the locks"])
        #expect(gaps.first?.error.code == "management.not-permitted")
    }

    @Test("asks for the definition of a role that it does not know")
    func ownRole() async throws {
        let assignments = "\(Self.id)/providers/Microsoft.Authorization/roleAssignments"
        let service = ScriptedManager([
            "\(Self.id)/blobServices/default": .json("{}"),
            "\(Self.id)/providers/Microsoft.Authorization/permissions": .json("{\"value\": []}"),
            "\(Self.id)/providers/Microsoft.Authorization/locks": .json("{\"value\": []}"),
            assignments: .json(
                "{\"value\": [{\"properties\": {\"principalId\": \"p\", \"roleDefinitionId\": \"/roles/own\"}}]}"),
            "/roles/own": .json("{\"properties\": {\"permissions\": [{\"dataActions\": [\"*/blobs/*\"]}]}}"),
        ])
        var situation = AccountSituation(StorageAccount(), now: .moment)
        situation.vault.principal = "p"
        _ = try await service.reader.complete(&situation, of: try #require(ResourceID(Self.id)), container: nil)
        #expect(situation.assignments?.first?.grants?.first?.allows(.writeBlobs) == true)
    }

    @Test("says which tenant's token is needed")
    func wrongTenant() async throws {
        let challenge =
            "Bearer authorization_uri=\"https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555\", "
            + "error=\"invalid_token\""
        let service = ScriptedManager([
            "/subscriptions": .failure(
                401, "InvalidAuthenticationTokenTenant", fields: ["WWW-Authenticate": challenge])
        ])
        let error = await #expect(throws: ResourceManagerError.self) { try await service.reader.find("a") }
        #expect(error?.kind == .wrongTenant("11111111-2222-3333-4444-555555555555"))
        #expect(error?.exitCode == .notPermitted)
    }

    @Test("asks for a new token once where one is refused")
    func revoked() async throws {
        let service = ScriptedManager(["/subscriptions": .failure(401, "ExpiredAuthenticationToken")])
        let error = await #expect(throws: ResourceManagerError.self) { try await service.reader.find("a") }
        #expect(error?.kind == .notAuthenticated && service.asked.count == 2 && service.tokensGiven == 2)
    }

    @Test("waits where it is asked to, and gives up in the end", arguments: [429, 503])
    func throttled(status: Int) async throws {
        let service = ScriptedManager(["/subscriptions": .failure(status, "Busy", fields: ["Retry-After": "7"])])
        let error = await #expect(throws: ResourceManagerError.self) { try await service.reader.find("a") }
        #expect(error?.exitCode == .unreachable)
        #expect(service.slept == [.seconds(7), .seconds(7), .seconds(7), .seconds(8)])
    }

    @Test("never shows the token")
    func secret() async throws {
        let service = ScriptedManager(["/subscriptions": .failure(403, "AuthorizationFailed")])
        let error = await #expect(throws: ResourceManagerError.self) { try await service.reader.find("a") }
        #expect(error.map { !String(reflecting: $0).contains("token-") } == true)
    }
}

/// A resource manager that answers by path, the tokens for it, and a clock that only counts.
private final class ScriptedManager: HTTPClient, TokenSource {
    enum Answer {
        case json(String)
        case failure(Int, String, fields: HTTPFields = [:])
    }

    private let answers: [String: Answer]
    private let state = Mutex((asked: [String](), slept: [Duration](), tokens: 0))

    init(_ answers: [String: Answer]) { self.answers = answers }

    var asked: [String] { state.withLock { $0.asked } }
    var slept: [Duration] { state.withLock { $0.slept } }
    var tokensGiven: Int { state.withLock { $0.tokens } }

    var reader: AccountReader {
        AccountReader(
            ResourceManager(
                endpoint: HTTPURL(scheme: .https, host: "management.example"), client: self, tokens: self,
                sleep: { duration in self.state.withLock { $0.slept.append(duration) } }))
    }

    func token(for audience: TokenAudience, replacing rejected: AccessToken?) async throws -> AccessToken {
        #expect(audience == .management)
        let number = state.withLock { state in
            state.tokens += 1
            return state.tokens
        }
        return AccessToken("token-\(number)", expires: .moment)
    }

    func send(_ request: HTTPRequest, body: Span<UInt8>, limit: Int) async throws -> HTTPResponse {
        #expect(request.fields["Authorization"]?.hasPrefix("Bearer token-") == true)
        #expect(request.url.query.contains("api-version=20"))
        let path = try #require(PercentCoding.decode(request.url.path))
        state.withLock { $0.asked.append(path) }
        switch answers[path] {
        case .json(let text)?: return HTTPResponse(status: 200, body: Array(text.utf8))
        case .failure(let status, let code, let fields)?:
            let body = "{\"error\": {\"code\": \"\(code)\", \"message\": \"No.\"}}"
            return HTTPResponse(status: status, fields: fields, body: Array(body.utf8))
        case nil:
            return HTTPResponse(
                status: 404, body: Array("{\"error\": {\"code\": \"ResourceNotFound\", \"message\": \"\"}}".utf8))
        }
    }

    func receive(_ request: HTTPRequest, into buffer: inout OutputSpan<UInt8>) async throws -> HTTPResponse {
        HTTPResponse(status: 500)
    }
}
