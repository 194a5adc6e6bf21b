import AzureIdentity
import Diagnostics
import FoundationEssentials
import HTTPMessages
import HTTPTransport
import Synchronization
import TestSupport

/// A server on loopback that gives tokens as a test tells it to, and keeps what it was asked.
final class TokenStage: Sendable {
    struct Answer: Sendable {
        var status = 200
        var headers = ["Content-Type: application/json"]
        var body: String

        static func token(_ text: String, life: Int = 3600) -> Answer {
            Answer(body: #"{"token_type":"Bearer","expires_in":\#(life),"access_token":"\#(text)"}"#)
        }

        /// How Entra ID refuses.
        static func refusal(_ number: Int, _ words: String = "No.", status: Int = 400) -> Answer {
            Answer(
                status: status,
                body: #"""
                    {"error":"invalid_client","error_description":"AADSTS\#(number): \#(words) Trace ID: 1\r\nTimestamp: 2",
                    "error_codes":[\#(number)]}
                    """#)
        }
    }

    private let server: ScriptedServer
    private let kept = KeptRequests()

    /// - Parameter answer: Gets the request, and how many went before it.
    init(_ answer: @escaping @Sendable (ScriptedRequest, Int) -> Answer) throws {
        let kept = kept
        server = try ScriptedServer { connection in
            while let request = try connection.request() {
                let answer = answer(request, kept.add(request))
                try connection.answer(answer.status, headers: answer.headers, answer.body)
            }
        }
    }

    var requests: [ScriptedRequest] { kept.all }
    var url: HTTPURL { HTTPURL(scheme: .http, host: "127.0.0.1", port: server.port) }

    /// The fields of the form that was sent in a request.
    func form(_ index: Int) -> HTTPQuery {
        HTTPQuery(encoded: String(decoding: requests[index].body, as: UTF8.self)) ?? [:]
    }

    /// The query of a request's target.
    func query(_ index: Int) -> HTTPQuery {
        let target = requests[index].line.split(separator: " ")[1]
        return HTTPQuery(encoded: RequestTarget(target).query) ?? [:]
    }

    /// The services of a process whose authority this is.
    func services(
        clock: any Clock<Duration> = TestClock(), time: ServiceClock = ServiceClock()
    ) -> IdentityServices {
        var cloud = Cloud.public
        cloud.authority = url
        return .test(cloud: cloud, clock: clock, time: time)
    }
}

/// Requests in the order in which they came.
private final class KeptRequests: Sendable {
    private let requests = Mutex<[ScriptedRequest]>([])

    var all: [ScriptedRequest] { requests.withLock { $0 } }

    /// Answers how many there were before.
    func add(_ request: ScriptedRequest) -> Int {
        requests.withLock { requests in
            requests.append(request)
            return requests.count - 1
        }
    }
}

extension IdentityServices {
    static func test(
        cloud: Cloud = .public, clock: any Clock<Duration> = TestClock(), time: ServiceClock = ServiceClock()
    ) -> IdentityServices {
        let near = TransportSettings(connectTimeout: .seconds(1), stallTimeout: .seconds(10))
        return IdentityServices(
            cloud: cloud, client: CurlClient(width: 8), nearClient: CurlClient(width: 8, settings: near),
            now: { time.now }, clock: clock, random: { 7 })
    }
}

extension AccessToken {
    /// What nobody should see.
    var shown: String { text.reveal { $0 } }
}

extension IdentitySettings {
    /// Settings that ask nothing of the machine on which the tests run.
    static func test(
        _ environment: [String: String], kind: CredentialKind? = nil, identity: ManagedIdentityName? = nil,
        arcDirectory: String? = nil, azureCLI: String? = nil
    ) -> IdentitySettings {
        let nobody = ["AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://127.0.0.1:1"]
        return IdentitySettings(
            environment: nobody.merging(environment) { $1 }, kind: kind, managedIdentity: identity,
            arcDirectory: arcDirectory, azureCLI: azureCLI)
    }
}
