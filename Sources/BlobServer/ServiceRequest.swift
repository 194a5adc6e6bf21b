import BlobStorage
import FoundationEssentials
import HTTPListener
import HTTPMessages

/// A request to the service: whose resource it is about, and what beside it was said.
struct ServiceRequest {
    /// What a path names; the names are decoded and not checked yet.
    enum Resource: Equatable {
        case account
        case container(String)
        case blob(container: String, name: String)
    }

    let method: HTTPMethod
    let account: String
    let resource: Resource
    let query: HTTPQuery
    let head: ListenerRequest
    /// The URL of the account, with a slash at the end.
    let endpoint: String

    var fields: HTTPFields { head.fields }

    init(
        method: HTTPMethod, account: String, resource: Resource, query: HTTPQuery, head: ListenerRequest,
        endpoint: String
    ) {
        self.method = method
        self.account = account
        self.resource = resource
        self.query = query
        self.head = head
        self.endpoint = endpoint
    }

    init(_ head: ListenerRequest) throws(ServiceFailure) {
        guard let method = HTTPMethod(rawValue: head.method) else { throw .verb(head.method) }
        let target = RequestTarget(head.target)
        // What is in front of the first slash is nothing.
        let segments = target.path.cut(at: "/", atMost: 3).dropFirst()
        guard target.path.utf8.first == UInt8(ascii: "/"), let query = HTTPQuery(encoded: target.query) else {
            throw .uri
        }
        let host = head.fields["Host"] ?? ""
        var rest: ArraySlice<Substring>
        if let label = Self.account(ofHost: host) {
            account = Self.primary(label)
            rest = target.path.cut(at: "/", atMost: 2).dropFirst()
            endpoint = "\(head.scheme)://\(host)/"
        } else {
            account = Self.primary(String(segments.first ?? ""))
            rest = segments.dropFirst()
            endpoint = "\(head.scheme)://\(host)/\(account)/"
        }
        self.method = method
        self.query = query
        self.head = head
        let isContainer = query.value("restype") != nil
        resource = try Self.resource(rest.popFirst() ?? "", rest.popFirst() ?? "", isContainer: isContainer)
    }

    /// The account named by hosts such as `account.blob.localhost`; `nil` where the path names it.
    private static func account(ofHost host: String) -> String? {
        let labels = host.prefix { $0 != ":" }.split(separator: ".", omittingEmptySubsequences: false)
        return labels.count > 2 && labels[1] == "blob" ? labels[0].lowercased() : nil
    }

    /// The name without `-secondary`: there is one copy, so both addresses name it.
    static func primary(_ name: String) -> String {
        name.hasSuffix("-secondary") ? String(name.dropLast(10)) : name
    }

    private static func resource(
        _ first: Substring, _ second: Substring, isContainer: Bool
    ) throws(ServiceFailure) -> Resource {
        guard let container = PercentCoding.decode(first), let blob = PercentCoding.decode(second) else {
            throw .uri
        }
        if container.isEmpty { return blob.isEmpty ? .account : .blob(container: "", name: blob) }
        if !blob.isEmpty { return .blob(container: container, name: blob) }
        // A single segment without a resource type is a blob of the root container.
        return isContainer ? .container(container) : .blob(container: "$root", name: container)
    }

    // MARK: - Names, checked

    func containerName() throws(ServiceFailure) -> ContainerName {
        switch resource {
        case .account: throw .uri
        case .container(let text), .blob(let text, _): return try Self.container(text)
        }
    }

    func blobName() throws(ServiceFailure) -> BlobName {
        guard case .blob(_, let text) = resource else { throw .uri }
        do throws(BlobNameError) {
            return try BlobName(text)
        } catch {
            switch error {
            case .tooLong: throw .outOfRange
            case .empty, .tooManySegments, .controlCharacter: throw .resourceName
            }
        }
    }

    private static func container(_ text: String) throws(ServiceFailure) -> ContainerName {
        do throws(ContainerNameError) {
            return try ContainerName(text)
        } catch {
            throw error.kind == .length ? .outOfRange : .resourceName
        }
    }

    // MARK: - What goes into the answer and the log

    /// The protocol version the client speaks, echoed in the answer.
    func version() throws(ServiceFailure) -> String {
        let text = fields["x-ms-version"] ?? query.value("sv") ?? Self.defaultVersion
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2], text.utf8.allSatisfy({ (48...57).contains($0) || $0 == 45 }) else {
            throw .header("x-ms-version", text)
        }
        return text
    }

    static let defaultVersion = "2021-12-02"
}

extension HTTPQuery {
    /// The value of the first parameter of that lower-case name, found without regard to case.
    func value(_ name: String) -> String? { all.first { $0.name.lowercased() == name }?.value }
}
